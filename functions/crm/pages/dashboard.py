"""Dashboard: totals of this month, upcoming visits, tasks and recent clients."""

from typing import Any

from fastapi.responses import Response

from crm.domain.finance import Month
from crm.pages.chart import charts
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import CLIENT_SCREENING, format_date, format_money, format_month
from crm.pages.tasks import task_row
from crm.pages.visit_presenter import visit_row
from crm.repository.booking_sync import InboxRepository
from crm.repository.tasks import TaskFilter
from crm.service.clients import ClientQuery, ClientService
from crm.service.dashboard import UPCOMING_PERIOD, Dashboard, load_dashboard
from crm.service.tasks import TaskService
from kit import formats
from kit.i18n import gettext as _
from kit.i18n import ngettext

router = page_router()
RECENT = 5
TASKS = 10


@router.get("")
async def dashboard_page(context: UnlockedPageDep) -> Response:
    """Show the dashboard."""
    dashboard = load_dashboard(context.unlocked)
    recent = ClientService(context.unlocked).list(ClientQuery(limit=RECENT)).items
    this_month = dashboard.months[-1]
    yearly_charts = charts(dashboard.revenue, dashboard.months)
    return context.render(
        "dashboard.html",
        heading=_("Dashboard"),
        empty=not dashboard.clients,
        month=format_month(this_month),
        stats=_stats(dashboard, this_month),
        failed_messages=InboxRepository(
            context.unlocked.work, context.unlocked.provider_id
        ).counts()[1],
        charts=[
            (chart, [(format_month(row[0]), *row[1:]) for row in chart.rows])
            for chart in yearly_charts
        ],
        unsettled=[
            visit_row(one, dashboard.names.get(one.client_id, "")) for one in dashboard.unsettled
        ],
        planned=[
            visit_row(one, dashboard.names.get(one.client_id, "")) for one in dashboard.planned
        ],
        tasks=_tasks(context, dashboard),
        expiring_screenings=[
            (
                client,
                dashboard.names.get(client, ""),
                format_date(until, dashboard.time_zone),
                until <= dashboard.now,
            )
            for client, until in dashboard.expiring_screenings
        ],
        recent=[
            (one.id, one.profile.name, CLIENT_SCREENING[one.status.screening_status])
            for one in recent
        ],
    )


@router.post("/inbox/retry", dependencies=WRITE_DEPENDENCIES)
async def retry(context: UnlockedPageDep) -> Response:
    """Retry failed booking updates: the next page processes them."""
    InboxRepository(context.unlocked.work, context.unlocked.provider_id).retry_failed()
    return context.redirect("")


@router.post("/inbox/discard", dependencies=WRITE_DEPENDENCIES)
async def discard(context: UnlockedPageDep) -> Response:
    """Discard failed booking updates; the bookings themselves are kept."""
    InboxRepository(context.unlocked.work, context.unlocked.provider_id).delete_failed()
    return context.redirect("", "removed")


def _stats(dashboard: Dashboard, this_month: Month) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    visits = 0
    for one in (one for one in dashboard.revenue if one.month == this_month):
        visits += one.visits
        found += [
            (format_money(one.received_minor, one.currency), _("Received")),
            (format_money(one.expenses_minor, one.currency), _("Expenses")),
            (format_money(one.net_minor, one.currency), _("Net")),
        ]
    return [
        *found,
        (formats.format_number(visits), ngettext("Visit", "Visits", visits)),
        (formats.format_number(dashboard.new_clients), _("New clients")),
    ]


def _tasks(context: UnlockedPageContext, dashboard: Dashboard) -> list[dict[str, Any]]:
    page = TaskService(context.unlocked).list(
        TaskFilter(until=dashboard.now + UPCOMING_PERIOD), limit=TASKS
    )
    return [task_row(context, one, dashboard.time_zone, page.names) for one in page.items]
