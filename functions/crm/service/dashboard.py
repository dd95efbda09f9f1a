"""Dashboard of a workspace: revenue of this month, upcoming visits and expiring screenings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.enums import VisitStatus
from crm.domain.finance import Month, months_between
from crm.domain.visits import Visit
from crm.repository.clients import ClientRepository
from crm.repository.dashboard import DashboardRepository
from crm.repository.encrypted_records import EncryptedRecordRepository, RecordFilter, Stored
from crm.repository.finance import MonthlyRevenue, RevenueRepository, RevenueTotal
from crm.repository.visits import VISITS
from crm.service.settings import load_settings
from crm.service.unlocked_context import UnlockedContext

UPCOMING_PERIOD = timedelta(days=30)
UNSETTLED_PERIOD = timedelta(days=14)
MAX_VISITS = 50
MONTHS = 12
DEFAULT_ZONE = "UTC"
ZONE_BY_REGION = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "CZ": "Europe/Prague",
    "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "ES": "Europe/Madrid", "FR": "Europe/Paris",
    "GB": "Europe/London", "IE": "Europe/Dublin", "IT": "Europe/Rome", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PL": "Europe/Warsaw", "SE": "Europe/Stockholm",
}  # fmt: skip
"""Default time zone of a workspace without visits, by the region of its settings: countries with one zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Data of the dashboard page."""

    time_zone: str
    now: datetime
    months: list[Month]
    """The last twelve months, the current one last."""
    revenue: list[MonthlyRevenue]
    """Revenue of those months; months without visits are left out."""
    new_clients: int
    clients: int
    planned: list[Stored[Visit]]
    """The next visit first."""
    unsettled: list[Stored[Visit]]
    """Planned visits whose time has passed."""
    expiring_screenings: list[tuple[UUID, datetime]]
    names: dict[UUID, str]


def time_zone_of(context: UnlockedContext) -> str:
    """Return the time zone for the workspace's dates: that of the latest visit."""
    return defaults(context)[0]


def defaults(context: UnlockedContext) -> tuple[str, str]:
    """Return time zone and currency of the latest visit, since the next one probably has the same."""
    latest = DashboardRepository(context.work, context.provider_id).last_used_defaults()
    if latest:
        return latest
    settings = load_settings(context.work, context.provider_id)
    return ZONE_BY_REGION.get(settings.default_region, DEFAULT_ZONE), settings.default_currency


def totals(context: UnlockedContext, record_filter: RecordFilter) -> list[RevenueTotal]:
    """Return the totals of filtered visits by currency."""
    return RevenueRepository(context.work, context.provider_id).totals_of_visits(record_filter)


def load_dashboard(context: UnlockedContext) -> Dashboard:
    """Return the data of the dashboard."""
    repository, records = (
        DashboardRepository(context.work, context.provider_id),
        EncryptedRecordRepository(context.work, context.vault, VISITS),
    )
    revenue = RevenueRepository(context.work, context.provider_id)
    time_zone, now = time_zone_of(context), context.now()
    this_month = Month.at(now.astimezone(ZoneInfo(time_zone)))
    months = months_between(this_month + -(MONTHS - 1), this_month)
    planned = {"status": VisitStatus.PLANNED}
    upcoming = records.list(
        RecordFilter(equal=planned, since=now, until=now + UPCOMING_PERIOD), MAX_VISITS
    )
    unsettled = records.list(
        RecordFilter(equal=planned, since=now - UNSETTLED_PERIOD, until=now), MAX_VISITS
    )
    expiring = repository.expiring_screenings(now + UPCOMING_PERIOD)
    client_ids = {one.client_id for one in (*upcoming, *unsettled)} | {
        client for client, _ in expiring
    }
    return Dashboard(
        time_zone=time_zone,
        now=now,
        months=months,
        revenue=revenue.months(months[0], months[-1]),
        new_clients=repository.new_clients(start_of_month(now, time_zone)),
        clients=repository.clients(),
        planned=upcoming[::-1],
        unsettled=unsettled,
        expiring_screenings=expiring,
        names=ClientRepository(context.work, context.vault).names(client_ids),
    )


def start_of_month(now: datetime, time_zone: str) -> datetime:
    """Return the start of the month."""
    return now.astimezone(ZoneInfo(time_zone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
