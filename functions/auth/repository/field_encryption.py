"""Sealing what a person tells us: each document opens only for the account it belongs to."""

from uuid import UUID

from auth.domain.personal_data import PersonalData
from kit.envelope import Envelope

_EMPTY = PersonalData()


class FieldEncryption:
    """Seals and opens the documents of `auth`."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def encrypt_personal_data(self, user_id: UUID, personal_data: PersonalData) -> bytes:
        """Return the sealed details."""
        return self._envelope.seal(
            personal_data.to_json(), _encryption_context(user_id, "personal-data")
        )

    def decrypt_personal_data(self, user_id: UUID, encrypted: bytes | None) -> PersonalData:
        """Return the details, empty where none were given."""
        if encrypted is None:
            return _EMPTY
        return PersonalData.from_json(
            self._envelope.open(encrypted, _encryption_context(user_id, "personal-data"))
        )

    def encrypt_totp_secret(self, user_id: UUID, secret: bytes) -> bytes:
        """Return the sealed TOTP secret."""
        return self._envelope.seal(secret, _encryption_context(user_id, "totp"))

    def decrypt_totp_secret(self, user_id: UUID, encrypted: bytes) -> bytes:
        """Return the TOTP secret."""
        return self._envelope.open(encrypted, _encryption_context(user_id, "totp"))


def _encryption_context(user_id: UUID, document: str) -> dict[str, str]:
    return {"user": str(user_id), "document": document}
