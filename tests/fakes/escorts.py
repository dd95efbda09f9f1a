"""Fakes for what the directory reaches outside its database."""

from datetime import date
from uuid import UUID

from escorts.repository.birth_date_encryption import BirthDateEncryption


class PlainBirthDates(BirthDateEncryption):
    """Birth date encryption without encryption, for tests of other units."""

    def __init__(self) -> None:
        pass

    def seal(self, profile_id: UUID, birth_date: date) -> bytes:
        return f"{profile_id}|{birth_date.isoformat()}".encode()

    def open(self, profile_id: UUID, sealed: bytes) -> date:
        owner, _, text = sealed.decode().partition("|")
        assert owner == str(profile_id)
        return date.fromisoformat(text)
