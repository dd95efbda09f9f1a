"""Pages to add and edit a visit."""

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
from crm.pages.forms import client_options, parse_time_zone, time_zone_options
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
from kit import formats
from kit.errors import Invalid
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
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
    """Form of a visit: local date and time, amounts in whole units."""

    day: Annotated[date, Field(title=N_("Day"))]
    at: Annotated[time, Field(title=N_("Time"))]
    time_zone: Annotated[str, Field(max_length=64, title=N_("Time zone"))]
    minutes: Annotated[int, Field(ge=1, le=MAX_MINUTES, title=N_("Length"))]
    type: Annotated[VisitType, Field(title=N_("Type"))]
    status: VisitStatus = VisitStatus.PLANNED
    currency: Currency = "EUR"
    rate: Annotated[Amount | None, Field(title=N_("Rate"))] = None
    rate_type: RateType = RateType.FIXED
    payment_status: PaymentState = PaymentState.PENDING
    payment_method: PaymentMethod | None = None
    received: Annotated[Amount, Field(title=N_("Received"))] = Decimal(0)
    expenses: Annotated[Amount, Field(title=N_("Expenses"))] = Decimal(0)
    would_see_again: Literal["yes", "no"] | None = None
    client_rating: Annotated[int, Field(ge=1, le=5, title=N_("Rating"))] | None = None
    location: Text = ""
    notes: Text = ""
    preferences: Text = ""
    characteristics: Text = ""

    def to_visit(self) -> Visit:
        """Return the visit of the domain; raise `Invalid` for contradictory values."""
        time_zone = parse_time_zone(self.time_zone)
        if time_zone is None:
            raise Invalid(
                "time-zone-unknown", _("Choose a time zone from the list."), field="timeZone"
            )
        would_see_again = None if self.would_see_again is None else self.would_see_again == "yes"
        texts = ("location", "notes", "preferences", "characteristics")
        return Visit(
            starts_at=_starts_at(self.day, self.at, time_zone),
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
            would_see_again=would_see_again,
            client_rating=self.client_rating,
            **{name: getattr(self, name) for name in texts},
        )

    def _minor(self, name: str) -> int:
        amount, unit = getattr(self, name), Money(1, self.currency).in_whole_units()
        if amount % unit:
            raise Invalid(
                "amount",
                _(
                    "%(currency)s amounts are multiples of %(unit)s.",
                    currency=self.currency,
                    unit=formats.format_number(unit),
                ),
                field=name,
            )
        return int(amount / unit)


class NewForm(VisitForm):
    """Form of a new visit, with its client."""

    client: Annotated[UUID, Field(title=N_("Client"))]
    entry: UUID | None = None
    """The page's id: the form sent twice adds one visit."""


class ChangeForm(VisitForm):
    """Form of a visit with the version that was read."""

    version: Version


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Show the form of a new visit."""
    time_zone, currency = defaults(context.unlocked)
    first = not VisitService(context.unlocked).list(RecordFilter(), limit=1).items
    values = {
        "client": context.request.query_params.get("client", ""),
        "timeZone": time_zone, "currency": currency, "minutes": 60, "type": "incall", "status": "planned",
        "rateType": "fixed", "paymentStatus": "pending",
    }  # fmt: skip
    return _render_new(context, Form(values), first=first)


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Add a visit."""

    def save(form: NewForm) -> Response:
        stored = VisitService(context.unlocked).add(form.client, form.to_visit(), form.entry)
        return context.redirect(f"/clients/{stored.client_id}", "added")

    return await context.handle_form(
        NewForm, save, lambda form, s: _render_new(context, form, s), field_names=FIELDS
    )


@router.get("/{visit_id}")
async def visit_page(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Show the form of a visit."""
    return render_visit(context, VisitService(context.unlocked).get(visit_id))


@router.post("/{visit_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, visit_id: UUID) -> Response:
    """Update a visit."""
    visits = VisitService(context.unlocked)
    before = visits.get(visit_id)

    def save(form: ChangeForm) -> Response:
        visits.update(visit_id, form.version, form.to_visit())
        return context.redirect(f"/visits/{visit_id}", "saved")

    def render_errors(form: FormErrors, status: int) -> Response:
        return render_visit(context, before, form=form, status=status)

    return await context.handle_form(ChangeForm, save, render_errors, field_names=FIELDS)


def render_visit(
    context: UnlockedPageContext,
    stored: Stored[Visit],
    *,
    form: Form | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Render a visit's page; `errors` are shown beside the stored values."""
    values = _values(stored)
    if form is None:
        form = FormErrors(values, errors, {"received": _("Received")}) if errors else Form(values)
    name = VisitService(context.unlocked).name_of(stored)
    return _render_form(
        context,
        form,
        status,
        heading=_(
            "%(name)s, %(moment)s",
            name=name,
            moment=format_datetime(stored.payload.starts_at, stored.payload.time_zone),
        ),
        action=f"{context.path}/visits/{stored.id}",
        row=visit_row(stored, name),
        version=form.value("version") or str(stored.version),
    )


def _render_new(
    context: UnlockedPageContext, form: Form, status: int = 200, *, first: bool = False
) -> Response:
    return _render_form(
        context,
        form,
        status,
        heading=_("Add visit"),
        action=f"{context.path}/visits/new",
        client_options=client_options(context.unlocked, form.value("client")),
        first=first,
    )


def _render_form(
    context: UnlockedPageContext, form: Form, status: int, **variables: Any
) -> Response:
    base: dict[str, Any] = {"row": None, "version": "", "client_options": [], "first": False}
    used = form.value("currency")
    currencies = dict.fromkeys((*CURRENCIES, used) if used else CURRENCIES)
    return context.render(
        "visit_form.html",
        status,
        **(base | variables),
        form=form,
        time_zones=time_zone_options(form.value("timeZone")),
        currencies=[(code, code) for code in currencies],
        types=options(VISIT_TYPE),
        statuses=options(VISIT),
        rate_types=options(RATE_TYPE),
        payments=options(PAYMENT),
        methods=options(METHOD),
        would_see_again_options=[("yes", _("Yes")), ("no", _("No"))],
        ratings=[(str(number), str(number)) for number in range(1, 6)],
        show_notes=any(form.error(name) for name in _NOTE_FIELDS) or bool(variables.get("row")),
    )


_NOTE_FIELDS = (
    "location",
    "notes",
    "preferences",
    "characteristics",
    "clientRating",
    "wouldSeeAgain",
)


def _values(stored: Stored[Visit]) -> dict[str, Any]:
    visit = stored.payload
    wall = visit.starts_at.astimezone(ZoneInfo(visit.time_zone))
    would_see_again = {None: "", True: "yes", False: "no"}[visit.would_see_again]
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
        "wouldSeeAgain": would_see_again,
        "clientRating": visit.client_rating or "",
        "location": visit.location,
        "notes": visit.notes,
        "preferences": visit.preferences,
        "characteristics": visit.characteristics,
        "version": stored.version,
    }


def _starts_at(day: date, at: time, time_zone: ZoneInfo) -> datetime:
    if not 2000 <= day.year < 2200:
        raise Invalid("date", _("Check the year."), field="day")
    return datetime.combine(day, at.replace(tzinfo=None), time_zone)
