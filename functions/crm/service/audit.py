"""What happened to a book, page by page, and whether anybody tampered with it."""

from dataclasses import dataclass

from crm.domain.trail import Happening, TrailAction
from crm.service.trail import Trail
from kit.errors import Invalid
from kit.pagination import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the latest first. `broken_at`: the first one that does not fit the chain."""

    items: list[Happening]
    next_cursor: str | None
    intact: bool | None
    broken_at: int | None


def audit_page(
    trail: Trail, action: TrailAction | None, cursor: str | None, limit: int
) -> AuditPage:
    """Return a page; the whole chain is looked at with the first one."""
    before = _before(cursor) if cursor is not None else None
    found = trail.latest(limit + 1, before, action)
    items = found[:limit]
    following = None
    if len(found) > limit:
        following = encode_cursor({"before": items[-1].sequence})
    if cursor is not None:
        return AuditPage(items, following, None, None)
    broken_at = trail.first_break()
    return AuditPage(items, following, broken_at is None, broken_at)


def _before(cursor: str) -> int:
    before = decode_cursor(cursor, {"before": int})["before"]
    if not isinstance(before, int) or before < 1:
        raise Invalid(
            "cursor",
            "This cursor is not one of ours: start again from the first page.",
            field="cursor",
        )
    return before
