"""Timeline of a client."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import ScreeningResult
from crm.domain.timeline import TimelineEntry, TimelineKind
from crm.repository.clients import ClientRepository
from crm.repository.timeline import list_timeline_entries
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.unlocked_context import UnlockedContext

PAGE = 50


@dataclass(frozen=True, slots=True)
class Timeline:
    """Page of a timeline, with the cursor of the next page."""

    items: list[TimelineEntry]
    next_cursor: str | None


def load_timeline(
    context: UnlockedContext, client_id: UUID, cursor: str | None = None, limit: int = PAGE
) -> Timeline:
    """Return a page of a client's timeline, the latest first; raise `NotFound`."""
    ClientRepository(context.work, context.vault).get(client_id)
    after = decode_record_cursor(cursor) if cursor else None
    found = list_timeline_entries(context.work, context.vault, client_id, after, limit + 1)
    now = context.now()
    items = [_with_current_status(entry, now) for entry in found[:limit]]
    if len(found) <= limit:
        return Timeline(items, None)
    return Timeline(items, encode_record_cursor(items[-1].at, items[-1].id))


def _with_current_status(entry: TimelineEntry, now: datetime) -> TimelineEntry:
    """Return the entry as of now: a screening past its end counts as expired at once."""
    is_over = entry.expires_at is not None and entry.expires_at <= now
    if entry.kind is TimelineKind.SCREENING and is_over:
        return replace(entry, status=ScreeningResult.EXPIRED)
    return entry
