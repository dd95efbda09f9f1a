"""Timeline of a client's page: records of every kind, the latest first."""

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
from crm.repository.communications import COMMUNICATIONS
from crm.repository.encrypted_records import RecordFilter
from crm.repository.merging import MergeRepository
from crm.repository.references import REFERENCES
from crm.repository.screening import SCREENINGS
from crm.repository.tasks import TaskFilter
from crm.service.records import RecordService
from crm.service.tasks import TaskService
from crm.service.unlocked_context import UnlockedContext
from crm.service.visits import VisitService

MAX_PER_KIND = 30


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Timeline event, past or future."""

    at: datetime
    when: str
    title: str
    badge: Badge | None = None
    text: str = ""
    href: str = ""

    @property
    def iso_time(self) -> str:
        """Return the time in ISO 8601."""
        return self.at.isoformat()


def client_events(
    unlocked: UnlockedContext, client_id: UUID, time_zone: str, path: str
) -> list[TimelineEvent]:
    """Return the latest events of each kind."""
    record_filter = RecordFilter(client_id=client_id)
    events = [
        *_visits(unlocked, record_filter, path),
        *_communications(unlocked, record_filter, time_zone, path),
        *_screenings(unlocked, record_filter, time_zone, path),
        *_references(unlocked, record_filter, time_zone, path),
        *_tasks(unlocked, client_id, time_zone, path),
        *_merges(unlocked, client_id, time_zone),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _visits(
    unlocked: UnlockedContext, record_filter: RecordFilter, path: str
) -> Iterator[TimelineEvent]:
    for stored in VisitService(unlocked).list(record_filter, limit=MAX_PER_KIND).items:
        row = visit_row(stored, "")
        amount = row["received"] or row["due"]
        money = ", ".join(filter(None, (row["payment"][0] if row["payment"] else "", amount)))
        text = "\n".join(filter(None, (money, row["place"], stored.payload.notes)))
        title = f"{row['type']}, {row['length']}"
        href = f"{path}/visits/{stored.id}"
        yield TimelineEvent(stored.payload.starts_at, row["when"], title, row["state"], text, href)


def _communications(
    unlocked: UnlockedContext, record_filter: RecordFilter, time_zone: str, path: str
) -> Iterator[TimelineEvent]:
    for stored in (
        RecordService(unlocked, COMMUNICATIONS).list(record_filter, limit=MAX_PER_KIND).items
    ):
        communication = stored.payload
        title = f"{CHANNEL[communication.type]} {DIRECTION[communication.direction]}"
        text = "\n".join(filter(None, (communication.subject, communication.text)))
        when, href = (
            format_datetime(communication.happened_at, time_zone),
            f"{path}/communications/{stored.id}",
        )
        yield TimelineEvent(communication.happened_at, when, title, None, text, href)


def _screenings(
    unlocked: UnlockedContext, record_filter: RecordFilter, time_zone: str, path: str
) -> Iterator[TimelineEvent]:
    for stored in RecordService(unlocked, SCREENINGS).list(record_filter, limit=MAX_PER_KIND).items:
        screening = stored.payload
        until = (
            f"Valid until {format_date(screening.expires_at, time_zone)}."
            if screening.expires_at
            else ""
        )
        text = "\n".join(filter(None, (until, screening.details)))
        at = screening.verified_at or stored.created_at
        title = f"Screening: {SCREENING_TYPE[screening.type]}"
        badge, href = (
            SCREENING_RESULT[screening.status_at(unlocked.now())],
            f"{path}/screening/{stored.id}",
        )
        yield TimelineEvent(at, format_datetime(at, time_zone), title, badge, text, href)


def _references(
    unlocked: UnlockedContext, record_filter: RecordFilter, time_zone: str, path: str
) -> Iterator[TimelineEvent]:
    for stored in RecordService(unlocked, REFERENCES).list(record_filter, limit=MAX_PER_KIND).items:
        reference = stored.payload
        at = reference.answered_at or reference.contacted_at or stored.created_at
        title = f"Reference: {reference.name}"
        badge, href = REFERENCE[reference.status], f"{path}/references/{stored.id}"
        yield TimelineEvent(at, format_datetime(at, time_zone), title, badge, reference.notes, href)


def _tasks(
    unlocked: UnlockedContext, client_id: UUID, time_zone: str, path: str
) -> Iterator[TimelineEvent]:
    tasks = TaskService(unlocked)
    for state in TaskState:
        record_filter = TaskFilter(state=state, client_id=client_id)
        for stored in tasks.list(record_filter, limit=MAX_PER_KIND).items:
            at = stored.done_at or stored.task.due_at or stored.created_at
            badge = ("Done", "success") if stored.done_at else ("Open", "warning")
            title, href = f"Task: {stored.task.title}", f"{path}/tasks/{stored.id}"
            yield TimelineEvent(
                at, format_date(at, time_zone), title, badge, stored.task.notes, href
            )


def _merges(unlocked: UnlockedContext, client_id: UUID, time_zone: str) -> Iterator[TimelineEvent]:
    for merge in MergeRepository(unlocked.work, unlocked.vault).of_client(client_id):
        title = f"Merged with {merge.absorbed.profile.name}"
        yield TimelineEvent(merge.merged_at, format_datetime(merge.merged_at, time_zone), title)
