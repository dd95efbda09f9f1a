"""Fakes of the directory's services outside its database."""

from datetime import date
from uuid import UUID

from escorts.repository.birth_date_encryption import BirthDates


class PlainBirthDates(BirthDates):
    """Birth dates without encryption."""

    def __init__(self) -> None:
        pass

    def seal(self, profile_id: UUID, birth_date: date) -> bytes:
        return f"{profile_id}|{birth_date.isoformat()}".encode()

    def open(self, profile_id: UUID, sealed: bytes) -> date:
        owner, _, text = sealed.decode().partition("|")
        assert owner == str(profile_id)
        return date.fromisoformat(text)
