"""What must not be forgotten for a while, whatever anybody asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold: on one client, or (None) on the whole book. The reason is sealed."""

    id: UUID
    client_id: UUID | None
    reason: str
    placed_at: datetime
    released_at: datetime | None


def only_appends(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether everything that was written still stands there: each text, and each entry of a list."""
    return all(_still_there(one, after.get(name)) for name, one in before.items())


def _still_there(before: Any, after: Any) -> bool:
    match before, after:
        case str(), str():
            return before in after
        case list(), list():
            return all(one in after for one in before)
    return bool(before == after)
