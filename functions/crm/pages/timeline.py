"""What happened with somebody, of every kind, the latest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.domain.tasks import TaskState
from crm.pages.labels import (
    CHANNEL,
    CHECK,
    CHECK_TYPE,
    DIRECTION,
    REFERENCE,
    Badge,
    day,
    moment,
)
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import Wanted
from crm.repository.merging import Merges
from crm.repository.record_types import COMMUNICATIONS, REFERENCES, SCREENINGS
from crm.repository.tasks import WantedTasks
from crm.service.records import Entries
from crm.service.tasks import TaskList
from crm.service.unlocked_context import Desk
from crm.service.visits import Visits

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


def story(desk: Desk, client_id: UUID, zone: str, path: str) -> list[Event]:
    """Return the latest of each kind."""
    wanted = Wanted(client_id=client_id)
    events = [
        *_visits(desk, wanted, path),
        *_said(desk, wanted, zone, path),
        *_checks(desk, wanted, zone, path),
        *_references(desk, wanted, zone, path),
        *_tasks(desk, client_id, zone, path),
        *_merges(desk, client_id, zone),
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def _visits(desk: Desk, wanted: Wanted, path: str) -> Iterator[Event]:
    for kept in Visits(desk).page(wanted, limit=OF_EACH).items:
        row = visit_row(kept, "")
        amount = row["received"] or row["due"]
        money = ", ".join(filter(None, (row["payment"][0] if row["payment"] else "", amount)))
        text = "\n".join(filter(None, (money, row["place"], kept.entry.notes)))
        title = f"{row['type']}, {row['length']}"
        href = f"{path}/visits/{kept.id}"
        yield Event(kept.entry.starts_at, row["when"], title, row["state"], text, href)


def _said(desk: Desk, wanted: Wanted, zone: str, path: str) -> Iterator[Event]:
    for kept in Entries(desk, COMMUNICATIONS).page(wanted, limit=OF_EACH).items:
        said = kept.entry
        title = f"{CHANNEL[said.type]} {DIRECTION[said.direction]}"
        text = "\n".join(filter(None, (said.subject, said.text)))
        when, href = moment(said.happened_at, zone), f"{path}/said/{kept.id}"
        yield Event(said.happened_at, when, title, None, text, href)


def _checks(desk: Desk, wanted: Wanted, zone: str, path: str) -> Iterator[Event]:
    for kept in Entries(desk, SCREENINGS).page(wanted, limit=OF_EACH).items:
        check = kept.entry
        until = f"Counts until {day(check.expires_at, zone)}." if check.expires_at else ""
        text = "\n".join(filter(None, (until, check.details)))
        at = check.verified_at or kept.created_at
        title = f"Check: {CHECK_TYPE[check.type]}"
        badge, href = CHECK[check.status_at(desk.now())], f"{path}/screening/{kept.id}"
        yield Event(at, moment(at, zone), title, badge, text, href)


def _references(desk: Desk, wanted: Wanted, zone: str, path: str) -> Iterator[Event]:
    for kept in Entries(desk, REFERENCES).page(wanted, limit=OF_EACH).items:
        one = kept.entry
        at = one.answered_at or one.contacted_at or kept.created_at
        title = f"Reference: {one.name}"
        badge, href = REFERENCE[one.status], f"{path}/references/{kept.id}"
        yield Event(at, moment(at, zone), title, badge, one.notes, href)


def _tasks(desk: Desk, client_id: UUID, zone: str, path: str) -> Iterator[Event]:
    tasks = TaskList(desk)
    for state in TaskState:
        wanted = WantedTasks(state=state, client_id=client_id)
        for kept in tasks.page(wanted, limit=OF_EACH).items:
            at = kept.done_at or kept.task.due_at or kept.created_at
            badge = ("Done", "success") if kept.done_at else ("To do", "warning")
            title, href = f"To do: {kept.task.title}", f"{path}/tasks/{kept.id}"
            yield Event(at, day(at, zone), title, badge, kept.task.notes, href)


def _merges(desk: Desk, client_id: UUID, zone: str) -> Iterator[Event]:
    for one in Merges(desk.work, desk.vault).of_client(client_id):
        title = f"Merged with {one.absorbed.details.name}"
        yield Event(one.merged_at, moment(one.merged_at, zone), title)
