"""Communications with a client: mails, messages and calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from crm.domain.enums import CommunicationType, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """Communication: channel, direction and time are plaintext, the content is encrypted."""

    type: CommunicationType
    direction: Direction
    happened_at: datetime
    subject: str = ""
    text: str = ""

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the values of the plaintext columns."""
        return {name: getattr(self, name) for name in PLAINTEXT_COLUMNS}

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt, without empty values."""
        return {name: text for name in _ENCRYPTED_FIELDS if (text := getattr(self, name))}

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the communication from its columns and decrypted document."""
        return cls(
            type=CommunicationType(clear["type"]),
            direction=Direction(clear["direction"]),
            happened_at=clear["happened_at"],
            **{name: document.get(name, "") for name in _ENCRYPTED_FIELDS},
        )


PLAINTEXT_COLUMNS = ("type", "direction", "happened_at")
_ENCRYPTED_FIELDS = ("subject", "text")
