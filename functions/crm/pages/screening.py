"""Checks: who was looked at, what came of it, and how long that counts."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
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
    parse_enum,
)
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Line, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import name_of
from crm.service.screening import ScreeningService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/screening")
PER_PAGE = 25


class ScreeningForm(Body):
    """How somebody is checked."""

    type: Annotated[ScreeningType, Field(title="How")]
    details: Annotated[Text, Field(title="What you found out")] = ""
    sites: Annotated[list[Line], Field(max_length=20, title="Looked up on")] = []

    def to_screening(self) -> Screening:
        """Return it as the use case takes it."""
        return Screening(type=self.type, details=self.details, sites=tuple(self.sites))


class NewForm(ScreeningForm):
    """The same with whom it is about."""

    client: Annotated[UUID, Field(title="Whom")]


class ChangeForm(ScreeningForm):
    """The same of one that was read at a version."""

    version: Version


class DecideForm(Body):
    """What came of it, and where the client stands from now on; nothing said: as before."""

    until: Annotated[date | None, Field(title="Counts until")] = None
    client_status: Annotated[ClientScreeningStatus | None, Field(title="From now on")] = None


@router.get("")
async def screenings_page(context: UnlockedPageDep) -> Response:
    """Show checks, the latest first."""
    asked = context.request.query_params
    status, client = (
        parse_enum(ScreeningResult, asked.get("status")),
        parse_uuid(asked.get("client", "")),
    )
    stored = {name: str(value) for name, value in (("status", status), ("client", client)) if value}
    wanted = RecordFilter(client_id=client, equal={"status": status} if status else None)
    try:
        page = ScreeningService(context.unlocked).list(
            wanted, asked.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return context.redirect(f"/screening?{urlencode(stored)}")
    more = urlencode(stored | {"cursor": page.next_cursor or ""})
    return context.render(
        "checks.html",
        heading="Checks",
        form=Form(stored),
        narrowed=bool(stored),
        client=client,
        statuses=options(SCREENING_RESULT),
        rows=[_row(context, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{context.path}/screening?{more}" if page.next_cursor else "",
    )


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Ask how somebody is checked."""
    client = context.request.query_params.get("client", "")
    return _new(context, Form({"client": client, "type": "references"}))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Write it down."""

    def keep(form: NewForm) -> Response:
        stored = ScreeningService(context.unlocked).add(form.client, form.to_screening())
        return context.redirect(f"/screening/{stored.id}", "added")

    return await context.handle_form(
        NewForm, keep, lambda form, status: _new(context, form, status)
    )


@router.get("/{screening_id}")
async def screening_page(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Show one, to be put right or decided."""
    return _one(context, ScreeningService(context.unlocked).get(screening_id))


@router.post("/{screening_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Put one right."""
    checks = ScreeningService(context.unlocked)
    before = checks.get(screening_id)

    def keep(form: ChangeForm) -> Response:
        checks.update(screening_id, form.version, form.to_screening())
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        ChangeForm, keep, lambda form, s: _one(context, before, s, form=form)
    )


@router.post("/{screening_id}/verify", dependencies=WRITE_DEPENDENCIES)
async def verify(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Say that it was passed, until the end of a day or for good."""
    checks = ScreeningService(context.unlocked)
    before = checks.get(screening_id)

    def decide(form: DecideForm) -> Response:
        until = _end_of(form.until, time_zone_of(context.unlocked)) if form.until else None
        checks.verify(screening_id, until, form.client_status)
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        DecideForm,
        decide,
        lambda form, s: _one(context, before, s, passed=form),
        prefix="passed",
        fields={"expiresAt": "until"},
    )


@router.post("/{screening_id}/fail", dependencies=WRITE_DEPENDENCIES)
async def fail(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Say that it was not passed."""
    checks = ScreeningService(context.unlocked)
    before = checks.get(screening_id)

    def decide(form: DecideForm) -> Response:
        checks.fail(screening_id, form.client_status)
        return context.redirect(f"/screening/{screening_id}", "saved")

    return await context.handle_form(
        DecideForm, decide, lambda form, s: _one(context, before, s, failed=form), prefix="failed"
    )


@router.post("/{screening_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, screening_id: UUID) -> Response:
    """Take one away."""
    ScreeningService(context.unlocked).delete(screening_id)
    return context.redirect("/screening", "removed")


def _new(context: UnlockedPageContext, form: Form | FormErrors, status: int = 200) -> Response:
    client = form.value("client")
    return context.render(
        "check_form.html",
        status,
        heading="A check",
        form=form,
        row=None,
        action=f"{context.path}/screening/new",
        people=client_options(context.unlocked, client),
        types=options(SCREENING_TYPE),
        sites=site_options(context.unlocked, parse_uuid(client)),
        version="",
    )


def _one(
    context: UnlockedPageContext, stored: Stored[Screening], status: int = 200, **forms: Form
) -> Response:
    check = stored.payload
    name = name_of(context.unlocked, stored.client_id)
    filled: dict[str, Form] = {
        "form": Form({"type": check.type, "details": check.details, "sites": list(check.sites)}),
        "passed": Form({"clientStatus": "approved"}, prefix="passed"),
        "failed": Form({"clientStatus": "rejected"}, prefix="failed"),
    }
    return context.render(
        "check_form.html",
        status,
        heading=f"A check of {name}",
        row=_row(context, stored, name),
        action=f"{context.path}/screening/{stored.id}",
        people=[],
        types=options(SCREENING_TYPE),
        sites=site_options(context.unlocked, stored.client_id),
        standings=options(CLIENT_SCREENING),
        version=stored.version,
        **(filled | forms),
    )


def _row(context: UnlockedPageContext, stored: Stored[Screening], name: str) -> dict[str, Any]:
    check, time_zone = stored.payload, time_zone_of(context.unlocked)
    over = check.expires_at is not None and check.expires_at <= context.unlocked.now()
    return {
        "id": stored.id,
        "client": stored.client_id,
        "name": name,
        "type": SCREENING_TYPE[check.type],
        "state": SCREENING_RESULT[check.status_at(context.unlocked.now())],
        "since": format_date(check.verified_at or stored.created_at, time_zone),
        "until": _last_day(check.expires_at, time_zone) if check.expires_at else "",
        "over": over,
        "details": check.details,
    }


def _end_of(on: date, time_zone: str) -> datetime:
    if not 2000 <= on.year < 2200:
        raise Invalid("date", "Check the year.", field="until")
    after = on + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(time_zone))


def _last_day(until: datetime, time_zone: str) -> str:
    return format_date(until - timedelta(seconds=1), time_zone)
