"""A book at a glance: what this month brought, what comes next, what is about to end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.enums import VisitStatus
from crm.domain.visits import Visit
from crm.repository.clients import ClientRepository
from crm.repository.dashboard import DashboardRepository, Month, Total
from crm.repository.encrypted_records import EncryptedRecordRepository, RecordFilter, Stored
from crm.repository.record_types import VISITS
from crm.service.settings import load_settings
from crm.service.unlocked_context import UnlockedContext

AHEAD = timedelta(days=30)
BEHIND = timedelta(days=14)
IN_SIGHT = 50
MONTHS = 12
DEFAULT_ZONE = "UTC"
ZONE_OF = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "ES": "Europe/Madrid", "FR": "Europe/Paris",
    "GB": "Europe/London", "IE": "Europe/Dublin", "IT": "Europe/Rome", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PL": "Europe/Warsaw", "SE": "Europe/Stockholm",
}  # fmt: skip
"""Where a book without a visit is, by the region of its settings: countries with one zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """All that the first page shows of a book."""

    time_zone: str
    now: datetime
    months: list[Month]
    """The last twelve, this one the last; months without visits are left out."""
    new_clients: int
    clients: int
    planned: list[Stored[Visit]]
    """The next first."""
    unsettled: list[Stored[Visit]]
    """Planned for a time that is over."""
    checks_ending: list[tuple[UUID, datetime]]
    names: dict[UUID, str]


def time_zone_of(context: UnlockedContext) -> str:
    """Return on whose clock the book's days are: that of the latest visit."""
    return defaults(context)[0]


def defaults(context: UnlockedContext) -> tuple[str, str]:
    """Return zone and currency of the latest visit: the next one is probably like it."""
    latest = DashboardRepository(context.work, context.provider_id).last_used_defaults()
    if latest:
        return latest
    settings = load_settings(context.work, context.provider_id)
    return ZONE_OF.get(settings.default_region, DEFAULT_ZONE), settings.default_currency


def totals(context: UnlockedContext, wanted: RecordFilter) -> list[Total]:
    """Return what the visits that are asked for come to, by currency."""
    return DashboardRepository(context.work, context.provider_id).totals(wanted)


def load_dashboard(context: UnlockedContext) -> Dashboard:
    """Return the book at a glance."""
    overview, records = (
        DashboardRepository(context.work, context.provider_id),
        EncryptedRecordRepository(context.work, context.vault, VISITS),
    )
    time_zone, now = time_zone_of(context), context.now()
    planned = {"status": VisitStatus.PLANNED}
    coming = records.list(RecordFilter(equal=planned, since=now, until=now + AHEAD), IN_SIGHT)
    over = records.list(RecordFilter(equal=planned, since=now - BEHIND, until=now), IN_SIGHT)
    ending = overview.expiring_checks(now + AHEAD)
    people = {one.client_id for one in (*coming, *over)} | {client for client, _ in ending}
    return Dashboard(
        time_zone=time_zone,
        now=now,
        months=overview.months(month_names(now, time_zone)[0]),
        new_clients=overview.new_clients(first_of_month(now, time_zone)),
        clients=overview.clients(),
        planned=coming[::-1],
        unsettled=over,
        checks_ending=ending,
        names=ClientRepository(context.work, context.vault).names(people),
    )


def first_of_month(now: datetime, time_zone: str) -> datetime:
    """Return when the month began."""
    return now.astimezone(ZoneInfo(time_zone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )


def month_names(now: datetime, time_zone: str) -> list[str]:
    """Return the last twelve months, such as 2026-11, the earliest first."""
    first = first_of_month(now, time_zone)
    count = first.year * 12 + first.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(count - MONTHS + 1, count + 1)]
