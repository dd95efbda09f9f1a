"""The first page of the book: this month, what comes next, and who was written about lately."""

from typing import Any

from fastapi.responses import Response

from crm.pages.chart import charts
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.labels import SCREENING, day, money, month
from crm.pages.tasks import task_row
from crm.pages.visit_presenter import visit_row
from crm.repository.booking_sync import InboxTable
from crm.repository.tasks import WantedTasks
from crm.service.clients import ClientBook, Query
from crm.service.dashboard import AHEAD, Glance, glance, month_names
from crm.service.tasks import TaskList

router = page_router()
RECENT = 5
TASKS = 10


@router.get("")
async def today_page(sheet: AtSheet) -> Response:
    """Show the book at a glance."""
    at = glance(sheet.desk)
    recent = ClientBook(sheet.desk).page(Query(limit=RECENT)).items
    names = month_names(at.now, at.zone)
    year = charts(at.months, names)
    return sheet.show(
        "today.html",
        heading="Today",
        empty=not at.clients,
        month=month(names[-1]),
        figures=_figures(at, names[-1]),
        left_aside=InboxTable(sheet.desk.work, sheet.desk.provider_id).counts()[1],
        charts=[(chart, [(month(row[0]), *row[1:]) for row in chart.rows]) for chart in year],
        unsettled=[visit_row(one, at.names.get(one.client_id, "")) for one in at.unsettled],
        planned=[visit_row(one, at.names.get(one.client_id, "")) for one in at.planned],
        tasks=_tasks(sheet, at),
        checks=[
            (client, at.names.get(client, ""), day(until, at.zone), until <= at.now)
            for client, until in at.checks_ending
        ],
        recent=[
            (one.id, one.details.name, SCREENING[one.standing.screening_status]) for one in recent
        ],
    )


@router.post("/inbox/retry", dependencies=WRITES)
async def retry(sheet: AtSheet) -> Response:
    """Try once more to write in what was left aside: the next page does it."""
    InboxTable(sheet.desk.work, sheet.desk.provider_id).retry()
    return sheet.see("")


@router.post("/inbox/discard", dependencies=WRITES)
async def discard(sheet: AtSheet) -> Response:
    """Throw away what was left aside; the bookings themselves stay."""
    InboxTable(sheet.desk.work, sheet.desk.provider_id).discard()
    return sheet.see("", "removed")


def _figures(at: Glance, this_month: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    visits = 0
    for one in (one for one in at.months if one.month == this_month):
        visits += one.visits
        found += [
            (money(one.received_minor, one.currency), "Received"),
            (money(one.expenses_minor, one.currency), "Expenses"),
            (money(one.net_minor, one.currency), "Left of it"),
        ]
    return [
        *found,
        (str(visits), "Visit" if visits == 1 else "Visits"),
        (str(at.new_clients), "New in your book"),
    ]


def _tasks(sheet: Sheet, at: Glance) -> list[dict[str, Any]]:
    page = TaskList(sheet.desk).page(WantedTasks(until=at.now + AHEAD), limit=TASKS)
    return [task_row(sheet, one, at.zone, page.names) for one in page.items]
