"""Settings of a workspace, stored in plaintext because they reveal nothing about any client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Settings of a workspace."""

    auto_lock_minutes: int = 10
    """Minutes without input after which a page locks the workspace."""
    unlock_minutes: int = 60
    """Minutes after which an unlock ends, used or not."""
    default_currency: str = "EUR"
    default_region: str = "DE"
    """Country of phone numbers without a country code (ISO 3166, alpha 2)."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "WorkspaceSettings":
        """Return the stored settings, with defaults for those that were never chosen."""
        return cls(**{name: stored[name] for name in cls.__slots__ if name in stored})

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}
