"""What happened with somebody, one after the other."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import ScreeningResult
from crm.domain.timeline import TimelineEntry, TimelineKind
from crm.repository.clients import ClientRepository
from crm.repository.timeline import lines_of
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.unlocked_context import UnlockedContext

PAGE = 50


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some of the lines, and where the next ones begin."""

    items: list[TimelineEntry]
    next_cursor: str | None


def load_timeline(
    context: UnlockedContext, client_id: UUID, cursor: str | None = None, limit: int = PAGE
) -> Timeline:
    """Return what happened with a client, the latest first; raise `NotFound`."""
    ClientRepository(context.work, context.vault).get(client_id)
    after = decode_record_cursor(cursor) if cursor else None
    found = lines_of(context.work, context.vault, client_id, after, limit + 1)
    now = context.now()
    items = [_at(line, now) for line in found[:limit]]
    if len(found) <= limit:
        return Timeline(items, None)
    return Timeline(items, encode_record_cursor(items[-1].at, items[-1].id))


def _at(line: TimelineEntry, now: datetime) -> TimelineEntry:
    """A check that is over counts as expired at once."""
    is_over = line.expires_at is not None and line.expires_at <= now
    if line.kind is TimelineKind.SCREENING and is_over:
        return replace(line, status=ScreeningResult.EXPIRED)
    return line
