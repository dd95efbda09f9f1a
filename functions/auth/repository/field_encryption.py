"""Sealing what a person tells us: each document opens only for the account it belongs to."""

from uuid import UUID

from auth.domain.personal_data import PrivateDetails
from kit.envelope import Envelope

_NOTHING = PrivateDetails()


class Vault:
    """Seals and opens the documents of `auth`."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def seal_details(self, user_id: UUID, details: PrivateDetails) -> bytes:
        """Return the sealed details."""
        return self._envelope.seal(details.to_json(), _context(user_id, "details"))

    def open_details(self, user_id: UUID, sealed: bytes | None) -> PrivateDetails:
        """Return the details, empty where none were given."""
        if sealed is None:
            return _NOTHING
        return PrivateDetails.from_json(self._envelope.open(sealed, _context(user_id, "details")))

    def seal_secret(self, user_id: UUID, secret: bytes) -> bytes:
        """Return the sealed TOTP secret."""
        return self._envelope.seal(secret, _context(user_id, "totp"))

    def open_secret(self, user_id: UUID, sealed: bytes) -> bytes:
        """Return the TOTP secret."""
        return self._envelope.open(sealed, _context(user_id, "totp"))


def _context(user_id: UUID, document: str) -> dict[str, str]:
    return {"user": str(user_id), "document": document}
