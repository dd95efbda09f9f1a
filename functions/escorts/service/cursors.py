"""Search cursors: position in the list, day of the ranking, and fingerprint of the criteria."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from escorts.domain.ranking import CIRCLE_SIZE
from escorts.domain.search import Criteria, ListPosition, Sort
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.pagination import decode_cursor, encode_cursor

_FIELDS = {"day": int, "part": int, "key": str, "id": str, "similar_names": bool, "criteria": str}
_LAST_DAY, _PARTS = 200_000, 6


@dataclass(frozen=True, slots=True)
class CursorState:
    """Decoded cursor: the last position shown in the list of a day."""

    day: int
    after: ListPosition | None = None
    similar_names: bool = False


def write_cursor(state: CursorState, criteria: Criteria) -> str:
    """Return the cursor that continues after the state's position."""
    after = state.after
    if after is None:
        raise ValueError("a cursor needs a position")
    return encode_cursor(
        {
            "day": state.day,
            "part": after.part,
            "key": after.key,
            "id": str(after.id),
            "similar_names": state.similar_names,
            "criteria": criteria.fingerprint(),
        }
    )


def read_cursor(cursor: str, criteria: Criteria) -> CursorState:
    """Return the state of a cursor; raise `Invalid` if it belongs to another search."""
    values = decode_cursor(cursor, _FIELDS)
    if values["criteria"] != criteria.fingerprint():
        raise Invalid(
            "cursor-of-another-search",
            _(
                "This cursor belongs to other filters or another sort order: start from the first page."
            ),
            field="cursor",
        )
    day, part, key = int(values["day"] or 0), int(values["part"] or 0), str(values["key"])
    try:
        position = ListPosition(part, key, UUID(str(values["id"])))
        plausible = (
            0 <= day < _LAST_DAY and 0 <= part < _PARTS and _is_valid_key(criteria.sort, part, key)
        )
    except (ValueError, InvalidOperation):
        plausible = False
    if not plausible:
        raise Invalid("cursor", _("Invalid cursor: start from the first page."), field="cursor")
    return CursorState(day, position, bool(values["similar_names"]))


def _is_valid_key(sort: Sort, part: int, key: str) -> bool:
    """Tell whether `key` can be the sort key of a row; malformed keys may also raise."""
    if sort is Sort.RELEVANCE:
        return 0 <= int(key) < CIRCLE_SIZE
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
