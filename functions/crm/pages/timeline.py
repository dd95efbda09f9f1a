"""What happened with somebody, of every kind, the latest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.domain.tasks import TaskState
from crm.pages.labels import (
    CHANNEL,
    DIRECTION,
    REFERENCE,
    SCREENING_RESULT,
    SCREENING_TYPE,
    Badge,
    format_date,
    format_datetime,
)
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import RecordFilter
from crm.repository.merging import MergeRepository
from crm.repository.record_types import COMMUNICATIONS, REFERENCES, SCREENINGS
from crm.repository.tasks import TaskFilter
from crm.service.records import RecordService
from crm.service.tasks import TaskService
from crm.service.unlocked_context import UnlockedContext
from crm.service.visits import VisitService

OF_EACH = 30


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or will."""

    at: datetime
    when: str
    title: str
    badge: Badge | None = None
    text: str = ""
    href: str = ""

    @property
    def machine(self) -> str:
        """Return the moment for machines."""
        return self.at.isoformat()


def story(unlocked: UnlockedContext, client_id: UUID, time_zone: str, path: str) -> list[Event]:
    """Return the latest of each kind."""
    wanted = RecordFilter(client_id=client_id)
    events = [
        *_visits(unlocked, wanted, path),
        *_said(unlocked, wanted, time_zone, path),
        *_checks(unlocked, wanted, time_zone, path),
        *_references(unlocked, wanted, time_zone, path),
        *_tasks(unlocked, client_id, time_zone, path),
        *_merges(unlocked, client_id, time_zone),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _visits(unlocked: UnlockedContext, wanted: RecordFilter, path: str) -> Iterator[Event]:
    for stored in VisitService(unlocked).list(wanted, limit=OF_EACH).items:
        row = visit_row(stored, "")
        amount = row["received"] or row["due"]
        money = ", ".join(filter(None, (row["payment"][0] if row["payment"] else "", amount)))
        text = "\n".join(filter(None, (money, row["place"], stored.payload.notes)))
        title = f"{row['type']}, {row['length']}"
        href = f"{path}/visits/{stored.id}"
        yield Event(stored.payload.starts_at, row["when"], title, row["state"], text, href)


def _said(
    unlocked: UnlockedContext, wanted: RecordFilter, time_zone: str, path: str
) -> Iterator[Event]:
    for stored in RecordService(unlocked, COMMUNICATIONS).list(wanted, limit=OF_EACH).items:
        said = stored.payload
        title = f"{CHANNEL[said.type]} {DIRECTION[said.direction]}"
        text = "\n".join(filter(None, (said.subject, said.text)))
        when, href = format_datetime(said.happened_at, time_zone), f"{path}/said/{stored.id}"
        yield Event(said.happened_at, when, title, None, text, href)


def _checks(
    unlocked: UnlockedContext, wanted: RecordFilter, time_zone: str, path: str
) -> Iterator[Event]:
    for stored in RecordService(unlocked, SCREENINGS).list(wanted, limit=OF_EACH).items:
        check = stored.payload
        until = (
            f"Counts until {format_date(check.expires_at, time_zone)}." if check.expires_at else ""
        )
        text = "\n".join(filter(None, (until, check.details)))
        at = check.verified_at or stored.created_at
        title = f"Check: {SCREENING_TYPE[check.type]}"
        badge, href = (
            SCREENING_RESULT[check.status_at(unlocked.now())],
            f"{path}/screening/{stored.id}",
        )
        yield Event(at, format_datetime(at, time_zone), title, badge, text, href)


def _references(
    unlocked: UnlockedContext, wanted: RecordFilter, time_zone: str, path: str
) -> Iterator[Event]:
    for stored in RecordService(unlocked, REFERENCES).list(wanted, limit=OF_EACH).items:
        one = stored.payload
        at = one.answered_at or one.contacted_at or stored.created_at
        title = f"Reference: {one.name}"
        badge, href = REFERENCE[one.status], f"{path}/references/{stored.id}"
        yield Event(at, format_datetime(at, time_zone), title, badge, one.notes, href)


def _tasks(
    unlocked: UnlockedContext, client_id: UUID, time_zone: str, path: str
) -> Iterator[Event]:
    tasks = TaskService(unlocked)
    for state in TaskState:
        wanted = TaskFilter(state=state, client_id=client_id)
        for stored in tasks.list(wanted, limit=OF_EACH).items:
            at = stored.done_at or stored.task.due_at or stored.created_at
            badge = ("Done", "success") if stored.done_at else ("To do", "warning")
            title, href = f"To do: {stored.task.title}", f"{path}/tasks/{stored.id}"
            yield Event(at, format_date(at, time_zone), title, badge, stored.task.notes, href)


def _merges(unlocked: UnlockedContext, client_id: UUID, time_zone: str) -> Iterator[Event]:
    for one in MergeRepository(unlocked.work, unlocked.vault).of_client(client_id):
        title = f"Merged with {one.absorbed.profile.name}"
        yield Event(one.merged_at, format_datetime(one.merged_at, time_zone), title)
