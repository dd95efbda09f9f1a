"""Pages of visits: a list with totals, and recording a payment."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from crm.domain.enums import PaymentMethod, PaymentState, VisitStatus
from crm.domain.visits import Visit
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import parse_uuid
from crm.pages.labels import PAYMENT, VISIT, format_money, options, parse_enum
from crm.pages.record_list import Cell, render_record_list
from crm.pages.visit_form import render_visit
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.repository.finance import RevenueTotal
from crm.schemas.fields import Version
from crm.service.clients import ClientService
from crm.service.dashboard import time_zone_of, totals
from crm.service.visits import Payment, VisitService
from kit.http import Request as Body
from kit.i18n import gettext as _
from kit.pages import FormErrors

router = page_router("/visits")
PER_PAGE = 25
_ONE_DAY = timedelta(days=1)


class PayForm(Body):
    """Form of a payment."""

    method: PaymentMethod
    version: Version


@router.get("")
async def visits_page(context: UnlockedPageDep) -> Response:
    """Show visits, the latest first, with totals."""
    query_params = context.request.query_params
    time_zone = time_zone_of(context.unlocked)
    status = parse_enum(VisitStatus, query_params.get("status"))
    payment = parse_enum(PaymentState, query_params.get("payment"))
    since, until = (_parse_date(query_params.get(name, "")) for name in ("since", "until"))
    client = parse_uuid(query_params.get("client", ""))
    equal = {"status": status, "payment_status": payment}
    record_filter = RecordFilter(
        client_id=client,
        equal={name: value for name, value in equal.items() if value is not None},
        since=_midnight(since, time_zone),
        until=_midnight(until + _ONE_DAY, time_zone) if until else None,
    )
    filters = {
        "client": client, "status": status, "payment": payment, "since": since, "until": until,
    }  # fmt: skip
    visits = VisitService(context.unlocked)
    return render_record_list(
        context,
        "visits.html",
        "/visits",
        filters=filters,
        load_page=lambda cursor: visits.list(record_filter, cursor, PER_PAGE),
        view=lambda page: {
            "heading": _("Visits with %(name)s", name=_name(context, client))
            if client
            else _("Visits"),
            "client": client,
            "statuses": options(VISIT),
            "payments": options(PAYMENT),
            "totals": [_total_view(one) for one in totals(context.unlocked, record_filter)],
            "rows": [_cells(context, one, page.names.get(one.client_id, "")) for one in page.items],
        },
    )


@router.post("/{visit_id}/paid", dependencies=WRITE_DEPENDENCIES)
async def pay(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Record the full payment; a planned visit whose time has passed becomes completed."""
    visits = VisitService(context.unlocked)
    before = visits.get(visit_id)

    def record_payment(form: PayForm) -> Response:
        stored, entry = before, before.payload
        if entry.status is VisitStatus.PLANNED and entry.starts_at <= context.unlocked.now():
            completed = replace(entry, status=VisitStatus.COMPLETED)
            stored = visits.update(visit_id, form.version, completed)
        elif form.version != before.version:
            stored = visits.update(visit_id, form.version, entry)
        visits.pay(visit_id, Payment(method=form.method), stored.version)
        return context.redirect(f"/visits/{visit_id}", "paid")

    def render_errors(form: FormErrors, status: int) -> Response:
        errors = {"received": next(iter(form.errors.values()))}
        return render_visit(context, before, errors=errors, status=status)

    return await context.handle_form(PayForm, record_payment, render_errors)


@router.post("/{visit_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Delete a visit."""
    visits = VisitService(context.unlocked)
    client_id = visits.get(visit_id).client_id
    visits.delete(visit_id)
    return context.redirect(f"/clients/{client_id}", "removed")


def _total_view(total: RevenueTotal) -> tuple[str, str, str, int]:
    amounts = (total.received_minor, total.expenses_minor, total.net_minor)
    received, expenses, net = (format_money(amount, total.currency) for amount in amounts)
    return received, expenses, net, total.visits


def _cells(context: UnlockedPageContext, stored: Stored[Visit], name: str) -> list[Cell]:
    row = visit_row(stored, name)
    return [
        Cell(text=row["when"], href=f"{context.path}/visits/{row['id']}"),
        Cell(text=name, href=f"{context.path}/clients/{row['client']}"),
        Cell(text=_("%(type)s, %(duration)s", type=row["type"], duration=row["length"])),
        Cell(badge=row["state"]),
        Cell(badge=row["payment"]),
        Cell(text=row["received"], is_number=True),
    ]


def _name(context: UnlockedPageContext, client_id: UUID) -> str:
    return ClientService(context.unlocked).get(client_id).profile.name


def _parse_date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _midnight(day: date | None, time_zone: str) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)) if day else None
