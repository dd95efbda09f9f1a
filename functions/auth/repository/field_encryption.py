"""Encryption of personal data and TOTP secrets, each bound to its account."""

from uuid import UUID

from auth.domain.personal_data import PersonalData
from kit.envelope import Envelope

_EMPTY = PersonalData()


class FieldEncryption:
    """Encryption of single columns of `auth`; a value decrypts only for its own account."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def encrypt_personal_data(self, user_id: UUID, personal_data: PersonalData) -> bytes:
        """Return the encrypted personal data."""
        return self._envelope.seal(
            personal_data.to_json(), _encryption_context(user_id, "personal-data")
        )

    def decrypt_personal_data(self, user_id: UUID, encrypted: bytes | None) -> PersonalData:
        """Return the personal data, empty if none was stored."""
        if encrypted is None:
            return _EMPTY
        return PersonalData.from_json(
            self._envelope.open(encrypted, _encryption_context(user_id, "personal-data"))
        )

    def encrypt_totp_secret(self, user_id: UUID, secret: bytes) -> bytes:
        """Return the encrypted TOTP secret."""
        return self._envelope.seal(secret, _encryption_context(user_id, "totp"))

    def decrypt_totp_secret(self, user_id: UUID, encrypted: bytes) -> bytes:
        """Return the decrypted TOTP secret."""
        return self._envelope.open(encrypted, _encryption_context(user_id, "totp"))


def _encryption_context(user_id: UUID, document: str) -> dict[str, str]:
    return {"user": str(user_id), "document": document}
