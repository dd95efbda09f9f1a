"""Encryption of birth dates, bound to one profile each."""

from datetime import date
from uuid import UUID

from kit.envelope import Envelope

PURPOSE = "escorts.birth-date"


class BirthDateEncryption:
    """Encryption and decryption of birth dates."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def seal(self, profile_id: UUID, birth_date: date) -> bytes:
        """Return the encrypted birth date to store in the database."""
        return self._envelope.seal(birth_date.isoformat().encode(), _context(profile_id))

    def open(self, profile_id: UUID, sealed: bytes) -> date:
        """Return the birth date; raise `UnreadableDocument` for a ciphertext of another profile."""
        return date.fromisoformat(self._envelope.open(sealed, _context(profile_id)).decode())


def _context(profile_id: UUID) -> dict[str, str]:
    return {"profile": str(profile_id)}
