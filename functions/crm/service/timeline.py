"""What happened with somebody, one after the other."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from crm.domain.enums import CheckStatus
from crm.domain.timeline import Kind, Line
from crm.repository.clients import Clients
from crm.repository.timeline import lines_of
from crm.service.records import cursor_at, place_of
from crm.service.unlocked_context import Desk

PAGE = 50


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some of the lines, and where the next ones begin."""

    items: list[Line]
    next_cursor: str | None


def timeline(desk: Desk, client_id: UUID, cursor: str | None = None, limit: int = PAGE) -> Timeline:
    """Return what happened with a client, the latest first; raise `NotFound`."""
    Clients(desk.work, desk.vault).one(client_id)
    after = place_of(cursor) if cursor else None
    found = lines_of(desk.work, desk.vault, client_id, after, limit + 1)
    now = desk.now()
    items = [_at(line, now) for line in found[:limit]]
    if len(found) <= limit:
        return Timeline(items, None)
    return Timeline(items, cursor_at(items[-1].at, items[-1].id))


def _at(line: Line, now: datetime) -> Line:
    """A check that is over counts as expired at once."""
    is_over = line.expires_at is not None and line.expires_at <= now
    if line.kind is Kind.SCREENING and is_over:
        return replace(line, status=CheckStatus.EXPIRED)
    return line
