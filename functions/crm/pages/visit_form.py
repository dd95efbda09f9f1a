"""Writing a visit down, and putting it right."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from crm.domain.enums import PaymentMethod, PaymentState, RateType, VisitStatus, VisitType
from crm.domain.visits import MAX_MINUTES, Visit
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options, time_zone_label, time_zone_options
from crm.pages.labels import (
    METHOD,
    PAYMENT,
    RATE_TYPE,
    VISIT,
    VISIT_TYPE,
    format_amount_input,
    format_datetime,
    options,
)
from crm.pages.visit_presenter import visit_row
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Currency, Text, Version
from crm.service.dashboard import defaults
from crm.service.visits import VisitService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.money import Money
from kit.pages import Form, FormErrors

router = page_router("/visits")
CURRENCIES = ("EUR", "CHF", "GBP", "USD", "AUD", "CAD", "CZK", "DKK", "NOK", "NZD", "PLN", "SEK")
FIELDS = {"startsAt": "day", "receivedMinor": "received", "rateMinor": "rate"}

Amount = Annotated[
    Decimal,
    Field(ge=0, le=10**9, max_digits=14),
    BeforeValidator(lambda text: text.replace(",", ".") if isinstance(text, str) else text),
]


class VisitForm(Body):
    """A visit as people write it: on a wall's clock, with money in whole units."""

    day: Annotated[date, Field(title="Day")]
    at: Annotated[time, Field(title="Time")]
    time_zone: Annotated[str, Field(max_length=64, title="Time zone")]
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES, title="Length")]
    type: Annotated[VisitType, Field(title="Where")]
    status: VisitStatus = VisitStatus.PLANNED
    currency: Currency = "EUR"
    rate: Annotated[Amount | None, Field(title="Rate")] = None
    rate_type: RateType = RateType.FIXED
    payment_status: PaymentState = PaymentState.PENDING
    payment_method: PaymentMethod | None = None
    received: Annotated[Amount, Field(title="Received")] = Decimal(0)
    expenses: Annotated[Amount, Field(title="Expenses")] = Decimal(0)
    would_see_again: Literal["yes", "no"] | None = None
    client_rating: Annotated[int, Field(ge=1, le=5, title="Rating")] | None = None
    location: Text = ""
    notes: Text = ""
    preferences: Text = ""
    characteristics: Text = ""

    def to_visit(self) -> Visit:
        """Return it as the use case takes it; raise `Invalid` for what cannot be."""
        time_zone = time_zone_label(self.time_zone)
        if time_zone is None:
            raise Invalid("time-zone-unknown", "Choose a time zone of the list.", field="timeZone")
        again = None if self.would_see_again is None else self.would_see_again == "yes"
        texts = ("location", "notes", "preferences", "characteristics")
        return Visit(
            starts_at=_starts(self.day, self.at, time_zone),
            time_zone=self.time_zone,
            duration_minutes=self.minutes,
            type=self.type,
            status=self.status,
            currency=self.currency,
            rate_minor=None if self.rate is None else self._minor("rate"),
            rate_type=self.rate_type,
            payment_method=self.payment_method,
            payment_status=self.payment_status,
            received_minor=self._minor("received"),
            expenses_minor=self._minor("expenses"),
            would_see_again=again,
            client_rating=self.client_rating,
            **{name: getattr(self, name) for name in texts},
        )

    def _minor(self, name: str) -> int:
        amount, unit = getattr(self, name), Money(1, self.currency).in_whole_units()
        if amount % unit:
            raise Invalid(
                "amount", f"{self.currency} has no smaller part than {unit:f}.", field=name
            )
        return int(amount / unit)


class NewForm(VisitForm):
    """The same with whom it is."""

    client: Annotated[UUID, Field(title="With whom")]
    entry: UUID | None = None
    """The page's own, so that sent twice it is there once."""


class ChangeForm(VisitForm):
    """The same of one that was read at a version."""

    version: Version


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Ask what to write down."""
    time_zone, currency = defaults(context.unlocked)
    first = not VisitService(context.unlocked).list(RecordFilter(), limit=1).items
    values = {
        "client": context.request.query_params.get("client", ""),
        "timeZone": time_zone, "currency": currency, "minutes": 60, "type": "incall", "status": "planned",
        "rateType": "fixed", "paymentStatus": "pending",
    }  # fmt: skip
    return _new(context, Form(values), first=first)


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Write it down."""

    def keep(form: NewForm) -> Response:
        stored = VisitService(context.unlocked).add(form.client, form.to_visit(), form.entry)
        return context.redirect(f"/clients/{stored.client_id}", "added")

    return await context.handle_form(
        NewForm, keep, lambda form, s: _new(context, form, s), fields=FIELDS
    )


@router.get("/{visit_id}")
async def visit(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Show one, to be put right."""
    return visit_page(context, VisitService(context.unlocked).get(visit_id))


@router.post("/{visit_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Put it right."""
    visits = VisitService(context.unlocked)
    before = visits.get(visit_id)

    def keep(form: ChangeForm) -> Response:
        visits.update(visit_id, form.version, form.to_visit())
        return context.redirect(f"/visits/{visit_id}", "saved")

    def again(form: FormErrors, status: int) -> Response:
        return visit_page(context, before, form=form, status=status)

    return await context.handle_form(ChangeForm, keep, again, fields=FIELDS)


def visit_page(
    context: UnlockedPageContext,
    stored: Stored[Visit],
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Show a visit; with `errors`, as it stands but refused."""
    values = _values(stored)
    if form is None:
        form = FormErrors(values, errors, {"received": "Received"}) if errors else Form(values)
    name = VisitService(context.unlocked).name_of(stored)
    return _form(
        context,
        form,
        status,
        heading=f"{name}, {format_datetime(stored.payload.starts_at, stored.payload.time_zone)}",
        action=f"{context.path}/visits/{stored.id}",
        row=visit_row(stored, name),
        version=form.value("version") or str(stored.version),
    )


def _new(
    context: UnlockedPageContext, form: Form, status: int = 200, *, first: bool = False
) -> Response:
    return _form(
        context,
        form,
        status,
        heading="A visit",
        action=f"{context.path}/visits/new",
        people=client_options(context.unlocked, form.value("client")),
        first=first,
    )


def _form(context: UnlockedPageContext, form: Form, status: int, **more: Any) -> Response:
    surroundings: dict[str, Any] = {"row": None, "version": "", "people": [], "first": False}
    used = form.value("currency")
    currencies = dict.fromkeys((*CURRENCIES, used) if used else CURRENCIES)
    return context.render(
        "visit_form.html",
        status,
        **(surroundings | more),
        form=form,
        zones=time_zone_options(form.value("timeZone")),
        currencies=[(code, code) for code in currencies],
        types=options(VISIT_TYPE),
        statuses=options(VISIT),
        rate_types=options(RATE_TYPE),
        payments=options(PAYMENT),
        methods=options(METHOD),
        again=[("yes", "Yes"), ("no", "No")],
        ratings=[(str(number), str(number)) for number in range(1, 6)],
        more_open=any(form.error(name) for name in _MORE) or bool(more.get("row")),
    )


_MORE = ("location", "notes", "preferences", "characteristics", "clientRating", "wouldSeeAgain")


def _values(stored: Stored[Visit]) -> dict[str, Any]:
    visit = stored.payload
    wall = visit.starts_at.astimezone(ZoneInfo(visit.time_zone))
    again = {None: "", True: "yes", False: "no"}[visit.would_see_again]
    return {
        "day": wall.date().isoformat(),
        "at": f"{wall:%H:%M}",
        "timeZone": visit.time_zone,
        "minutes": visit.duration_minutes,
        "type": visit.type,
        "status": visit.status,
        "currency": visit.currency,
        "rate": format_amount_input(visit.rate_minor, visit.currency),
        "rateType": visit.rate_type,
        "paymentStatus": visit.payment_status,
        "paymentMethod": visit.payment_method or "",
        "received": format_amount_input(visit.received_minor, visit.currency),
        "expenses": format_amount_input(visit.expenses_minor, visit.currency),
        "wouldSeeAgain": again,
        "clientRating": visit.client_rating or "",
        "location": visit.location,
        "notes": visit.notes,
        "preferences": visit.preferences,
        "characteristics": visit.characteristics,
        "version": stored.version,
    }


def _starts(on: date, at: time, time_zone: ZoneInfo) -> datetime:
    if not 2000 <= on.year < 2200:
        raise Invalid("date", "Check the year.", field="day")
    return datetime.combine(on, at.replace(tzinfo=None), time_zone)
