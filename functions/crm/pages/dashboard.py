"""The first page of the book: this month, what comes next, and who was written about lately."""

from typing import Any

from fastapi.responses import Response

from crm.pages.chart import charts
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import CLIENT_SCREENING, format_date, format_money, month
from crm.pages.tasks import task_row
from crm.pages.visit_presenter import visit_row
from crm.repository.booking_sync import InboxRepository
from crm.repository.tasks import TaskFilter
from crm.service.clients import ClientQuery, ClientService
from crm.service.dashboard import AHEAD, Dashboard, load_dashboard, month_names
from crm.service.tasks import TaskService

router = page_router()
RECENT = 5
TASKS = 10


@router.get("")
async def dashboard_page(context: UnlockedPageDep) -> Response:
    """Show the book at a glance."""
    at = load_dashboard(context.unlocked)
    recent = ClientService(context.unlocked).list(ClientQuery(limit=RECENT)).items
    names = month_names(at.now, at.time_zone)
    year = charts(at.months, names)
    return context.render(
        "today.html",
        heading="Today",
        empty=not at.clients,
        month=month(names[-1]),
        figures=_figures(at, names[-1]),
        left_aside=InboxRepository(context.unlocked.work, context.unlocked.provider_id).counts()[1],
        charts=[(chart, [(month(row[0]), *row[1:]) for row in chart.rows]) for chart in year],
        unsettled=[visit_row(one, at.names.get(one.client_id, "")) for one in at.unsettled],
        planned=[visit_row(one, at.names.get(one.client_id, "")) for one in at.planned],
        tasks=_tasks(context, at),
        checks=[
            (client, at.names.get(client, ""), format_date(until, at.time_zone), until <= at.now)
            for client, until in at.checks_ending
        ],
        recent=[
            (one.id, one.profile.name, CLIENT_SCREENING[one.status.screening_status])
            for one in recent
        ],
    )


@router.post("/inbox/retry", dependencies=WRITE_DEPENDENCIES)
async def retry(context: UnlockedPageDep) -> Response:
    """Try once more to write in what was left aside: the next page does it."""
    InboxRepository(context.unlocked.work, context.unlocked.provider_id).retry_failed()
    return context.redirect("")


@router.post("/inbox/discard", dependencies=WRITE_DEPENDENCIES)
async def discard(context: UnlockedPageDep) -> Response:
    """Throw away what was left aside; the bookings themselves stay."""
    InboxRepository(context.unlocked.work, context.unlocked.provider_id).delete_failed()
    return context.redirect("", "removed")


def _figures(at: Dashboard, this_month: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    visits = 0
    for one in (one for one in at.months if one.month == this_month):
        visits += one.visits
        found += [
            (format_money(one.received_minor, one.currency), "Received"),
            (format_money(one.expenses_minor, one.currency), "Expenses"),
            (format_money(one.net_minor, one.currency), "Left of it"),
        ]
    return [
        *found,
        (str(visits), "Visit" if visits == 1 else "Visits"),
        (str(at.new_clients), "New in your book"),
    ]


def _tasks(context: UnlockedPageContext, at: Dashboard) -> list[dict[str, Any]]:
    page = TaskService(context.unlocked).list(TaskFilter(until=at.now + AHEAD), limit=TASKS)
    return [task_row(context, one, at.time_zone, page.names) for one in page.items]
