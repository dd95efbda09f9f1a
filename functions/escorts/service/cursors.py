"""Cursors of a search: where in the list, of which day, and of which search."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from escorts.domain.ranking import CIRCLE
from escorts.domain.search import Criteria, Position, Sort
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor

_FIELDS = {"day": int, "part": int, "key": str, "id": str, "alike": bool, "of": str}
_LAST_DAY, _PARTS = 200_000, 6


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a reader has come in the list of a day."""

    day: int
    after: Position | None = None
    alike: bool = False


def write(mark: Mark, criteria: Criteria) -> str:
    """Return the cursor that goes on behind the mark."""
    after = mark.after
    if after is None:
        raise ValueError("nothing to go on from")
    return encode_cursor(
        {
            "day": mark.day,
            "part": after.part,
            "key": after.key,
            "id": str(after.id),
            "alike": mark.alike,
            "of": criteria.fingerprint(),
        }
    )


def read(cursor: str, criteria: Criteria) -> Mark:
    """Return the mark behind a cursor of this very search."""
    values = decode_cursor(cursor, _FIELDS)
    if values["of"] != criteria.fingerprint():
        raise Invalid(
            "cursor-of-another-search",
            "This cursor belongs to other filters or another order: start from the first page.",
            field="cursor",
        )
    day, part, key = int(values["day"] or 0), int(values["part"] or 0), str(values["key"])
    try:
        position = Position(part, key, UUID(str(values["id"])))
        plausible = (
            0 <= day < _LAST_DAY and 0 <= part < _PARTS and _is_key(criteria.sort, part, key)
        )
    except (ValueError, InvalidOperation):
        plausible = False
    if not plausible:
        raise Invalid("cursor", "This cursor is not one of ours: start again.", field="cursor")
    return Mark(day, position, bool(values["alike"]))


def _is_key(sort: Sort, part: int, key: str) -> bool:
    """Tell whether a key could be a row's; what is not one raises or is refused."""
    if sort is Sort.RELEVANCE:
        return 0 <= int(key) < CIRCLE
    if part:
        return key == "" and part == 1
    match sort:
        case Sort.PRICE:
            return 0 <= int(key) < 2**31
        case Sort.RATING:
            return 0 <= Decimal(key) <= 5
        case Sort.CREATED_AT:
            return datetime.fromisoformat(key).year < 9999
    return len(key) <= 200
