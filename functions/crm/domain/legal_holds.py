"""Legal holds: data that must not be deleted for a while, whoever asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """A legal hold on one client or, with None, on the whole workspace. The reason is encrypted."""

    id: UUID
    client_id: UUID | None
    reason: str
    placed_at: datetime
    released_at: datetime | None


def only_appends(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether a change only adds: each text and each list entry of before is still there."""
    return all(_is_preserved(entry, after.get(name)) for name, entry in before.items())


def _is_preserved(before: Any, after: Any) -> bool:
    match before, after:
        case str(), str():
            return before in after
        case list(), list():
            return all(entry in after for entry in before)
    return bool(before == after)
