"""What a provider chose for her book, as far as it tells nothing about anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """How the book behaves."""

    auto_lock_minutes: int = 10
    """Untouched for so long, a page locks the book."""
    unlock_minutes: int = 60
    """How long an unlock holds, used or not."""
    default_currency: str = "EUR"
    default_region: str = "DE"
    """Where a phone number without a country code is from (ISO 3166, alpha 2)."""

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "WorkspaceSettings":
        """Return what was kept; what was never chosen is as it is for everybody."""
        return cls(**{name: kept[name] for name in cls.__slots__ if name in kept})

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {name: getattr(self, name) for name in self.__slots__}
