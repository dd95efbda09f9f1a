"""Pages of screenings: method, result and validity."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.enums import ClientScreeningStatus, ScreeningResult, ScreeningType
from crm.domain.screening import Screening
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options, parse_uuid, site_options
from crm.pages.labels import (
    CLIENT_SCREENING,
    SCREENING_RESULT,
    SCREENING_TYPE,
    format_date,
    options,
)
from crm.pages.record_list import Cell, render_record_list, status_filters
from crm.repository.encrypted_records import Stored
from crm.schemas.fields import Line, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import name_of
from crm.service.screening import ScreeningService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/screening")
PER_PAGE = 25


class ScreeningForm(Body):
    """Form of a screening."""

    type: Annotated[ScreeningType, Field(title=N_("Method"))]
    details: Annotated[Text, Field(title=N_("Findings"))] = ""
    sites: Annotated[list[Line], Field(max_length=20, title=N_("Checked on"))] = []

    def to_screening(self) -> Screening:
        """Return the screening of the domain."""
        return Screening(type=self.type, details=self.details, sites=tuple(self.sites))


class NewForm(ScreeningForm):
    """Form of a new screening, with its client."""

    client: Annotated[UUID, Field(title=N_("Client"))]


class ChangeForm(ScreeningForm):
    """Form of a screening with the version that was read."""

    version: Version


class DecideForm(Body):
    """Form of a result, with the client's new status; empty fields change nothing."""

    until: Annotated[date | None, Field(title=N_("Valid until"))] = None
    client_status: Annotated[ClientScreeningStatus | None, Field(title=N_("New status"))] = None


@router.get("")
async def screenings_page(context: UnlockedPageDep) -> Response:
    """Show screenings, the latest first."""
    filters, record_filter = status_filters(context, ScreeningResult)
    screenings = ScreeningService(context.unlocked)
    return render_record_list(
        context,
        "screenings.html",
        "/screening",
        filters=filters,
        load_page=lambda cursor: screenings.list(record_filter, cursor, PER_PAGE),
        view=lambda page: {
            "heading": _("Screening"),
            "client": record_filter.client_id,
            "statuses": options(SCREENING_RESULT),
            "rows": [_cells(context, one, page.names.get(one.client_id, "")) for one in page.items],
        },
    )


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Show the form of a new screening."""
    client = context.request.query_params.get("client", "")
    return _render_new(context, Form({"client": client, "type": "references"}))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Add a screening."""

    def save(form: NewForm) -> Response:
        stored = ScreeningService(context.unlocked).add(form.client, form.to_screening())
        return context.redirect(f"/screening/{stored.id}", "added")

    return await context.handle_form(
        NewForm, save, lambda form, status: _render_new(context, form, status)
    )


@router.get("/{screening_id}")
async def screening_page(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Show a screening, with forms to edit it and to record its result."""
    return _render_screening(context, ScreeningService(context.unlocked).get(screening_id))


@router.post("/{screening_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Update a screening."""
    service = ScreeningService(context.unlocked)
    before = service.get(screening_id)

    def save(form: ChangeForm) -> Response:
        service.update(screening_id, form.version, form.to_screening())
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        ChangeForm, save, lambda form, s: _render_screening(context, before, s, form=form)
    )


@router.post("/{screening_id}/verify", dependencies=WRITE_DEPENDENCIES)
async def verify(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Mark a screening as passed, until the end of a day or without an end."""
    service = ScreeningService(context.unlocked)
    before = service.get(screening_id)

    def decide(form: DecideForm) -> Response:
        until = _end_of_day(form.until, time_zone_of(context.unlocked)) if form.until else None
        service.verify(screening_id, until, form.client_status)
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        DecideForm,
        decide,
        lambda form, s: _render_screening(context, before, s, passed=form),
        prefix="passed",
        field_names={"expiresAt": "until"},
    )


@router.post("/{screening_id}/fail", dependencies=WRITE_DEPENDENCIES)
async def fail(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Mark a screening as failed."""
    service = ScreeningService(context.unlocked)
    before = service.get(screening_id)

    def decide(form: DecideForm) -> Response:
        service.fail(screening_id, form.client_status)
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        DecideForm,
        decide,
        lambda form, s: _render_screening(context, before, s, failed=form),
        prefix="failed",
    )


@router.post("/{screening_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Delete a screening."""
    ScreeningService(context.unlocked).delete(screening_id)
    return context.redirect("/screening", "removed")


def _render_new(
    context: UnlockedPageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    client = form.value("client")
    return context.render(
        "screening_form.html",
        status,
        heading=_("Add screening"),
        form=form,
        row=None,
        action=f"{context.path}/screening/new",
        client_options=client_options(context.unlocked, client),
        types=options(SCREENING_TYPE),
        sites=site_options(context.unlocked, parse_uuid(client)),
        version="",
    )


def _render_screening(
    context: UnlockedPageContext, stored: Stored[Screening], status: int = 200, **forms: Form
) -> Response:
    screening = stored.payload
    name = name_of(context.unlocked, stored.client_id)
    initial: dict[str, Form] = {
        "form": Form(
            {"type": screening.type, "details": screening.details, "sites": list(screening.sites)}
        ),
        "passed": Form({"clientStatus": "approved"}, prefix="passed"),
        "failed": Form({"clientStatus": "rejected"}, prefix="failed"),
    }
    return context.render(
        "screening_form.html",
        status,
        heading=_("Screening of %(name)s", name=name),
        row=_row(context, stored, name),
        action=f"{context.path}/screening/{stored.id}",
        client_options=[],
        types=options(SCREENING_TYPE),
        sites=site_options(context.unlocked, stored.client_id),
        client_statuses=options(CLIENT_SCREENING),
        version=stored.version,
        **(initial | forms),
    )


def _cells(context: UnlockedPageContext, stored: Stored[Screening], name: str) -> list[Cell]:
    row = _row(context, stored, name)
    return [
        Cell(text=name, href=f"{context.path}/screening/{row['id']}"),
        Cell(text=row["type"]),
        Cell(badge=row["state"]),
        Cell(text=row["since"], label=_("since"), is_muted=True),
        Cell(text=_("until %(day)s", day=row["until"]) if row["until"] else ""),
    ]


def _row(context: UnlockedPageContext, stored: Stored[Screening], name: str) -> dict[str, Any]:
    screening, time_zone = stored.payload, time_zone_of(context.unlocked)
    over = screening.expires_at is not None and screening.expires_at <= context.unlocked.now()
    return {
        "id": stored.id,
        "client": stored.client_id,
        "name": name,
        "type": SCREENING_TYPE[screening.type],
        "state": SCREENING_RESULT[screening.status_at(context.unlocked.now())],
        "since": format_date(screening.verified_at or stored.created_at, time_zone),
        "until": _last_day(screening.expires_at, time_zone) if screening.expires_at else "",
        "over": over,
        "details": screening.details,
    }


def _end_of_day(day: date, time_zone: str) -> datetime:
    if not 2000 <= day.year < 2200:
        raise Invalid("date", _("Check the year."), field="until")
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(time_zone))


def _last_day(until: datetime, time_zone: str) -> str:
    return format_date(until - timedelta(seconds=1), time_zone)
