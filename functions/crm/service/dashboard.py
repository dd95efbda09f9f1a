"""A book at a glance: what this month brought, what comes next, what is about to end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.enums import VisitStatus
from crm.domain.visits import Visit
from crm.repository.clients import Clients
from crm.repository.dashboard import Month, Overview, Total
from crm.repository.encrypted_records import Kept, Records, Wanted
from crm.repository.record_types import VISITS
from crm.service.settings import settings_of
from crm.service.unlocked_context import Desk

AHEAD = timedelta(days=30)
BEHIND = timedelta(days=14)
IN_SIGHT = 50
MONTHS = 12
NOWHERE = "UTC"
ZONE_OF = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "ES": "Europe/Madrid", "FR": "Europe/Paris",
    "GB": "Europe/London", "IE": "Europe/Dublin", "IT": "Europe/Rome", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PL": "Europe/Warsaw", "SE": "Europe/Stockholm",
}  # fmt: skip
"""Where a book without a visit is, by the region of its settings: countries with one zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """All that the first page shows of a book."""

    zone: str
    now: datetime
    months: list[Month]
    """The last twelve, this one the last; months without visits are left out."""
    new_clients: int
    clients: int
    planned: list[Kept[Visit]]
    """The next first."""
    unsettled: list[Kept[Visit]]
    """Planned for a time that is over."""
    checks_ending: list[tuple[UUID, datetime]]
    names: dict[UUID, str]


def home_zone(desk: Desk) -> str:
    """Return on whose clock the book's days are: that of the latest visit."""
    return habits(desk)[0]


def habits(desk: Desk) -> tuple[str, str]:
    """Return zone and currency of the latest visit: the next one is probably like it."""
    latest = Overview(desk.work, desk.provider_id).latest_habits()
    if latest:
        return latest
    settings = settings_of(desk.work, desk.provider_id)
    return ZONE_OF.get(settings.default_region, NOWHERE), settings.default_currency


def totals(desk: Desk, wanted: Wanted) -> list[Total]:
    """Return what the visits that are asked for come to, by currency."""
    return Overview(desk.work, desk.provider_id).totals(wanted)


def glance(desk: Desk) -> Glance:
    """Return the book at a glance."""
    overview, records = (
        Overview(desk.work, desk.provider_id),
        Records(desk.work, desk.vault, VISITS),
    )
    zone, now = home_zone(desk), desk.now()
    planned = {"status": VisitStatus.PLANNED}
    coming = records.some(Wanted(equal=planned, since=now, until=now + AHEAD), IN_SIGHT)
    over = records.some(Wanted(equal=planned, since=now - BEHIND, until=now), IN_SIGHT)
    ending = overview.expiring_checks(now + AHEAD)
    people = {one.client_id for one in (*coming, *over)} | {client for client, _ in ending}
    return Glance(
        zone=zone,
        now=now,
        months=overview.months(month_names(now, zone)[0]),
        new_clients=overview.new_clients(first_of_month(now, zone)),
        clients=overview.clients(),
        planned=coming[::-1],
        unsettled=over,
        checks_ending=ending,
        names=Clients(desk.work, desk.vault).names(people),
    )


def first_of_month(now: datetime, zone: str) -> datetime:
    """Return when the month began."""
    return now.astimezone(ZoneInfo(zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_names(now: datetime, zone: str) -> list[str]:
    """Return the last twelve months, such as 2026-11, the earliest first."""
    first = first_of_month(now, zone)
    count = first.year * 12 + first.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(count - MONTHS + 1, count + 1)]
