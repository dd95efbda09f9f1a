"""Demo workspace with a year of records: fictional clients, visits, screenings and tasks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.dependencies import keyring
from crm.domain.clients import Client, ClientProfile
from crm.domain.communications import Communication
from crm.domain.enums import (
    ClientScreeningStatus,
    CommunicationPreference,
    CommunicationType,
    Direction,
    PaymentMethod,
    PaymentState,
    RateType,
    ScreeningType,
    VisitStatus,
    VisitType,
)
from crm.domain.screening import Screening
from crm.domain.tasks import Task
from crm.domain.visits import Visit
from crm.repository.communications import COMMUNICATIONS
from crm.repository.workspaces import WorkspaceRepository
from crm.service.clients import ClientInput, ClientService
from crm.service.records import RecordService
from crm.service.screening import ScreeningService
from crm.service.tasks import TaskService
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.service.visits import VisitService
from crm.vault import OpenVault
from kit import clock
from kit.db import UnitOfWork

__all__ = ["fill_workspace"]

_NAMES = (
    "Leo Brandt", "Martin Oberholzer", "Anton K.", "David Rosen", "Julian Frey", "Tomas Lindqvist",
    "Peter from the opera", "Samir Haddad", "Oliver Grant", "Ben Achterberg", "Felix M.", "Hugo Clement",
)  # fmt: skip
_TAGS = ("regular", "calm", "dinner", "travels", "books late", "tea, no wine")
_NOTES = (
    "Prefers early evenings. Always writes a day before.",
    "Met at the concert hall first. Quiet, kind, tips the waiter.",
    "Allergic to cats. Likes to talk about sailing.",
    "",
)
_PLACES = ("Home", "Hotel by the park", "Hotel at the station", "Restaurant, then home")
_SAID = ("Asked for a date next month.", "Thanked for the evening.", "Is late by half an hour.")
_TASKS = (
    ("Answer about the weekend in the mountains", 1),
    ("Ask for a reference", -2),
    ("Buy concert tickets", 6),
    ("Renew the room at the hotel", None),
)
_SCREENING_STATUSES = {
    8: ClientScreeningStatus.PENDING,
    9: ClientScreeningStatus.PENDING_REFERENCES,
    10: ClientScreeningStatus.REJECTED,
    11: ClientScreeningStatus.PENDING,
}
_CONTACT_PREFERENCES = {3: CommunicationPreference.NO_CONTACT}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _DemoWorkspace:
    """Workspace of the demo provider."""

    work: UnitOfWork
    vault: OpenVault
    time_zone: str
    now: datetime

    def at(self, moment: datetime) -> UnlockedContext:
        """Return the unlocked context at a moment."""
        return UnlockedContext(self.work, self.vault, lambda: moment)

    def evening(self, day: int, hour: int) -> datetime:
        """Return an hour of a day relative to today, in the provider's time zone."""
        wall = (self.now + day * _ONE_DAY).astimezone(ZoneInfo(self.time_zone))
        return wall.replace(hour=hour, minute=0, second=0, microsecond=0)


def fill_workspace(work: UnitOfWork, owner: UUID, time_zone: str) -> None:
    """Fill the workspace of a provider; it has no passphrase."""
    now = clock.now()
    set_tenant(work, owner)
    WorkspaceRepository(work).ensure(owner, now)
    keys = keyring()
    keys.create(owner)
    workspace = _DemoWorkspace(work, keys.open(owner), time_zone, now)
    random = Random("hellomahi book")  # noqa: S311 - nothing secret about them
    clients = [_add_client(workspace, random, number) for number in range(len(_NAMES))]
    for number, client in enumerate(clients):
        _add_visits(workspace, random, number, client)
    for number, client in enumerate(clients[:6]):
        _add_screening(workspace, number, client)
    _add_tasks(workspace, clients)


def _add_client(workspace: _DemoWorkspace, random: Random, number: int) -> Client:
    name = _NAMES[number]
    joined = workspace.now - timedelta(days=340 - 29 * number, hours=number)
    profile = ClientProfile(
        name=name,
        phones=(f"+49 30 55501{number:02}",) if number % 3 else (),
        emails=(f"{name.split()[0].lower()}@example.org",) if number % 2 else (),
        tags=tuple(random.sample(_TAGS, k=number % 3)),
        notes=_NOTES[number % len(_NOTES)],
    )
    new = ClientInput(
        profile=profile,
        screening_status=_SCREENING_STATUSES.get(number, ClientScreeningStatus.APPROVED),
        communication_preference=_CONTACT_PREFERENCES.get(
            number, CommunicationPreference.CONTACT_OK
        ),
    )
    client = ClientService(workspace.at(joined)).add(new)
    if number % 2:
        communication = Communication(
            type=CommunicationType.TEXT_APP,
            direction=Direction.INBOUND,
            happened_at=joined + 3 * _ONE_DAY,
            text=_SAID[number % len(_SAID)],
        )
        RecordService(workspace.at(joined + 3 * _ONE_DAY), COMMUNICATIONS).add(
            client.id, communication
        )
    return client


def _add_visits(workspace: _DemoWorkspace, random: Random, number: int, client: Client) -> None:
    if number == 10:
        return
    first = 335 - 29 * number
    for days_ago in range(first, 2, -random.randint(27, 63)):
        starts_at = workspace.evening(-days_ago, random.choice((17, 18, 19, 20)))
        came = random.random() > 0.08
        _add_visit(workspace, random, client, starts_at, came=came)
    if number in (0, 4, 7):
        starts_at = workspace.evening(2 + 5 * number, 19)
        VisitService(workspace.at(workspace.now - _ONE_DAY)).add(
            client.id, _planned_visit(workspace, random, starts_at)
        )
    if number == 2:
        over = _planned_visit(workspace, random, workspace.evening(-1, 18))
        VisitService(workspace.at(workspace.now - 3 * _ONE_DAY)).add(client.id, over)


def _add_visit(
    workspace: _DemoWorkspace, random: Random, client: Client, starts_at: datetime, *, came: bool
) -> None:
    visit = _planned_visit(workspace, random, starts_at)
    rate = visit.rate_minor or 0
    changes: dict[str, Any] = {"status": VisitStatus.NO_SHOW}
    if came:
        changes = {
            "status": VisitStatus.COMPLETED,
            "payment_status": PaymentState.PAID,
            "payment_method": random.choice((PaymentMethod.CASH, PaymentMethod.CARD)),
            "received_minor": rate + random.choice((0, 0, 2_000, 5_000)),
            "expenses_minor": random.choice((0, 1_500, 4_000, 9_000)),
            "would_see_again": True,
            "client_rating": random.choice((4, 5, 5)),
            "notes": random.choice(_NOTES),
        }
    VisitService(workspace.at(starts_at + _ONE_DAY)).add(client.id, replace(visit, **changes))


def _planned_visit(workspace: _DemoWorkspace, random: Random, starts_at: datetime) -> Visit:
    minutes, rate = random.choice(((60, 30_000), (90, 42_000), (120, 55_000), (240, 95_000)))
    return Visit(
        starts_at=starts_at,
        time_zone=workspace.time_zone,
        duration_minutes=minutes,
        type=VisitType.INCALL if minutes < 120 else VisitType.OUTCALL,
        status=VisitStatus.PLANNED,
        currency="EUR",
        rate_minor=rate,
        rate_type=RateType.FIXED,
        location=random.choice(_PLACES),
    )


def _add_screening(workspace: _DemoWorkspace, number: int, client: Client) -> None:
    day = workspace.now - timedelta(days=300 - 20 * number)
    kind = ScreeningType.REFERENCES if number % 2 else ScreeningType.JOB_VALIDATION
    screenings = ScreeningService(workspace.at(day))
    kept = screenings.add(client.id, Screening(type=kind, details="Spoke to two people."))
    # The first two expire within the month.
    until = workspace.now + timedelta(days=9 + 8 * number if number < 2 else 60 + 30 * number)
    screenings.verify(kept.id, until, None)


def _add_tasks(workspace: _DemoWorkspace, clients: list[Client]) -> None:
    for number, (title, day) in enumerate(_TASKS):
        due = None if day is None else workspace.evening(day, 12)
        about = clients[number].id if number < 2 else None
        TaskService(workspace.at(workspace.now - 5 * _ONE_DAY)).add(
            about, Task(title=title, due_at=due)
        )
