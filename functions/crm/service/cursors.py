"""Where a list goes on: after a moment and an id."""

from datetime import UTC, datetime
from uuid import UUID

from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor


def cursor_at(moment: datetime, last: UUID) -> str:
    """Return the cursor after an entry."""
    return encode_cursor({"at": moment.isoformat(), "id": str(last)})


def place_of(cursor: str) -> tuple[datetime, UUID]:
    """Return the entry after which a list goes on; raise `Invalid` for what is no cursor of ours."""
    values = decode_cursor(cursor, {"at": str, "id": str})
    try:
        moment = datetime.fromisoformat(str(values["at"]))
        return moment.astimezone(UTC), UUID(str(values["id"]))
    except (ValueError, OverflowError) as error:
        raise Invalid(
            "cursor", "This cursor is not one of ours: start again from the first page.",
            field="cursor",
        ) from error  # fmt: skip
