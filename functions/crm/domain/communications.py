"""Something that was said: by mail, message or call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from crm.domain.enums import CommunicationType, Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Communication:
    """What is kept of it: way, direction and moment in clear, the words sealed."""

    type: CommunicationType
    direction: Direction
    happened_at: datetime
    subject: str = ""
    text: str = ""

    def clear(self) -> dict[str, Any]:
        """Return what is kept in clear."""
        return {name: getattr(self, name) for name in COLUMNS}

    def document(self) -> dict[str, Any]:
        """Return what is sealed; what is empty is left out."""
        return {name: said for name in _SEALED if (said := getattr(self, name))}

    @classmethod
    def of(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        return cls(
            type=CommunicationType(clear["type"]),
            direction=Direction(clear["direction"]),
            happened_at=clear["happened_at"],
            **{name: document.get(name, "") for name in _SEALED},
        )


COLUMNS = ("type", "direction", "happened_at")
_SEALED = ("subject", "text")
