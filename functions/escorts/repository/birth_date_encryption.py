"""Birth dates under lock: sealed for one profile, opened for that one alone."""

from datetime import date
from uuid import UUID

from kit.envelope import Envelope

PURPOSE = "escorts.birth-date"


class BirthDateEncryption:
    """Seals and opens birth dates."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def seal(self, profile_id: UUID, birth_date: date) -> bytes:
        """Return the birth date as the database may have it."""
        return self._envelope.seal(birth_date.isoformat().encode(), _context(profile_id))

    def open(self, profile_id: UUID, sealed: bytes) -> date:
        """Return the birth date; raise `UnreadableDocument` for another profile's."""
        return date.fromisoformat(self._envelope.open(sealed, _context(profile_id)).decode())


def _context(profile_id: UUID) -> dict[str, str]:
    return {"profile": str(profile_id)}
