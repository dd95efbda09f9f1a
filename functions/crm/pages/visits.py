"""Pages of visits: a list with totals, and recording a payment."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from crm.domain.enums import PaymentMethod, PaymentState, VisitStatus
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import parse_uuid
from crm.pages.labels import PAYMENT, VISIT, format_money, options, parse_enum
from crm.pages.visit_form import render_visit
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import RecordFilter
from crm.schemas.fields import Version
from crm.service.clients import ClientService
from crm.service.dashboard import time_zone_of, totals
from crm.service.visits import Payment, VisitService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

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
    stored = {name: str(value) for name, value in filters.items() if value}
    try:
        page = VisitService(context.unlocked).list(
            record_filter, query_params.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return context.redirect(f"/visits?{urlencode(stored)}")
    more = f"{context.path}/visits?{urlencode(stored | {'cursor': page.next_cursor})}"
    return context.render(
        "visits.html",
        heading=f"Visits with {_name(context, client)}" if client else "Visits",
        form=Form(stored),
        narrowed=bool(stored),
        client=client,
        statuses=options(VISIT),
        payments=options(PAYMENT),
        totals=[
            (format_money(one.received_minor, one.currency), format_money(one.expenses_minor, one.currency),
             format_money(one.net_minor, one.currency), one.visits)
            for one in totals(context.unlocked, record_filter)
        ],
        rows=[visit_row(one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=more if page.next_cursor else "",
    )  # fmt: skip


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
