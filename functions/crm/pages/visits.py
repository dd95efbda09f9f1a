"""Visits: a list with what they come to, and payment in one tap."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response

from crm.domain.enums import PaymentMethod, PaymentState, VisitStatus
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.forms import id_of
from crm.pages.labels import PAYMENT, VISIT, chosen, money, options
from crm.pages.visit_form import visit_page
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import Wanted
from crm.schemas.fields import Version
from crm.service.clients import ClientBook
from crm.service.dashboard import home_zone, totals
from crm.service.visits import Payment, Visits
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/visits")
PER_PAGE = 25
_DAY = timedelta(days=1)


class PayForm(Body):
    """How it was paid."""

    method: PaymentMethod
    version: Version


@router.get("")
async def visits_page(sheet: AtSheet) -> Response:
    """Show visits, the latest first, and what they come to."""
    asked = sheet.request.query_params
    zone = home_zone(sheet.desk)
    status = chosen(VisitStatus, asked.get("status"))
    payment = chosen(PaymentState, asked.get("payment"))
    since, until = (_day(asked.get(name, "")) for name in ("since", "until"))
    client = id_of(asked.get("client", ""))
    equal = {"status": status, "payment_status": payment}
    wanted = Wanted(
        client_id=client,
        equal={name: value for name, value in equal.items() if value is not None},
        since=_midnight(since, zone),
        until=_midnight(until + _DAY, zone) if until else None,
    )
    carried = {
        "client": client, "status": status, "payment": payment, "since": since, "until": until,
    }  # fmt: skip
    kept = {name: str(value) for name, value in carried.items() if value}
    try:
        page = Visits(sheet.desk).page(wanted, asked.get("cursor") or None, PER_PAGE)
    except Invalid:
        return sheet.see(f"/visits?{urlencode(kept)}")
    more = f"{sheet.path}/visits?{urlencode(kept | {'cursor': page.next_cursor})}"
    return sheet.show(
        "visits.html",
        heading=f"Visits with {_name(sheet, client)}" if client else "Visits",
        form=Form(kept),
        narrowed=bool(kept),
        client=client,
        statuses=options(VISIT),
        payments=options(PAYMENT),
        totals=[
            (money(one.received_minor, one.currency), money(one.expenses_minor, one.currency),
             money(one.net_minor, one.currency), one.visits)
            for one in totals(sheet.desk, wanted)
        ],
        rows=[visit_row(one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=more if page.next_cursor else "",
    )  # fmt: skip


@router.post("/{visit_id}/paid", dependencies=WRITES)
async def pay(sheet: AtSheet, visit_id: UUID) -> Response:
    """Note that all of it was paid; what was planned took place then."""
    visits = Visits(sheet.desk)
    before = visits.one(visit_id)

    def note(form: PayForm) -> Response:
        kept, entry = before, before.entry
        if entry.status is VisitStatus.PLANNED and entry.starts_at <= sheet.desk.now():
            took_place = replace(entry, status=VisitStatus.COMPLETED)
            kept = visits.replace(visit_id, form.version, took_place)
        elif form.version != before.version:
            kept = visits.replace(visit_id, form.version, entry)
        visits.pay(visit_id, Payment(method=form.method), kept.version)
        return sheet.see(f"/visits/{visit_id}", "paid")

    def again(form: FormErrors, status: int) -> Response:
        errors = {"received": next(iter(form.errors.values()))}
        return visit_page(sheet, before, errors=errors, status=status)

    return await sheet.take(PayForm, note, again)


@router.post("/{visit_id}/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, visit_id: UUID) -> Response:
    """Take one away."""
    visits = Visits(sheet.desk)
    client_id = visits.one(visit_id).client_id
    visits.remove(visit_id)
    return sheet.see(f"/clients/{client_id}", "removed")


def _name(sheet: Sheet, client_id: UUID) -> str:
    return ClientBook(sheet.desk).one(client_id).details.name


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _midnight(on: date | None, zone: str) -> datetime | None:
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)) if on else None
