"""Checks: who was looked at, what came of it, and how long that counts."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.enums import CheckStatus, ScreeningStatus, ScreeningType
from crm.domain.screening import Screening
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.forms import id_of, people_options, sites_of
from crm.pages.labels import CHECK, CHECK_TYPE, SCREENING, chosen, day, options
from crm.repository.encrypted_records import Kept, Wanted
from crm.schemas.fields import Line, Text, Version
from crm.service.dashboard import home_zone
from crm.service.records import name_of
from crm.service.screening import Screenings
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/screening")
PER_PAGE = 25


class CheckForm(Body):
    """How somebody is checked."""

    type: Annotated[ScreeningType, Field(title="How")]
    details: Annotated[Text, Field(title="What you found out")] = ""
    sites: Annotated[list[Line], Field(max_length=20, title="Looked up on")] = []

    def to_screening(self) -> Screening:
        """Return it as the use case takes it."""
        return Screening(type=self.type, details=self.details, sites=tuple(self.sites))


class NewForm(CheckForm):
    """The same with whom it is about."""

    client: Annotated[UUID, Field(title="Whom")]


class ChangeForm(CheckForm):
    """The same of one that was read at a version."""

    version: Version


class DecideForm(Body):
    """What came of it, and where the client stands from now on; nothing said: as before."""

    until: Annotated[date | None, Field(title="Counts until")] = None
    client_status: Annotated[ScreeningStatus | None, Field(title="From now on")] = None


@router.get("")
async def checks_page(sheet: AtSheet) -> Response:
    """Show checks, the latest first."""
    asked = sheet.request.query_params
    status, client = chosen(CheckStatus, asked.get("status")), id_of(asked.get("client", ""))
    kept = {name: str(value) for name, value in (("status", status), ("client", client)) if value}
    wanted = Wanted(client_id=client, equal={"status": status} if status else None)
    try:
        page = Screenings(sheet.desk).page(wanted, asked.get("cursor") or None, PER_PAGE)
    except Invalid:
        return sheet.see(f"/screening?{urlencode(kept)}")
    more = urlencode(kept | {"cursor": page.next_cursor or ""})
    return sheet.show(
        "checks.html",
        heading="Checks",
        form=Form(kept),
        narrowed=bool(kept),
        client=client,
        statuses=options(CHECK),
        rows=[_row(sheet, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{sheet.path}/screening?{more}" if page.next_cursor else "",
    )


@router.get("/new")
async def new_page(sheet: AtSheet) -> Response:
    """Ask how somebody is checked."""
    client = sheet.request.query_params.get("client", "")
    return _new(sheet, Form({"client": client, "type": "references"}))


@router.post("/new", dependencies=WRITES)
async def add(sheet: AtSheet) -> Response:
    """Write it down."""

    def keep(form: NewForm) -> Response:
        kept = Screenings(sheet.desk).add(form.client, form.to_screening())
        return sheet.see(f"/screening/{kept.id}", "added")

    return await sheet.take(NewForm, keep, lambda form, status: _new(sheet, form, status))


@router.get("/{screening_id}")
async def check_page(sheet: AtSheet, screening_id: UUID) -> Response:
    """Show one, to be put right or decided."""
    return _one(sheet, Screenings(sheet.desk).one(screening_id))


@router.post("/{screening_id}", dependencies=WRITES)
async def change(sheet: AtSheet, screening_id: UUID) -> Response:
    """Put one right."""
    checks = Screenings(sheet.desk)
    before = checks.one(screening_id)

    def keep(form: ChangeForm) -> Response:
        checks.replace(screening_id, form.version, form.to_screening())
        return sheet.see(f"/screening/{screening_id}", "saved")

    return await sheet.take(ChangeForm, keep, lambda form, s: _one(sheet, before, s, form=form))


@router.post("/{screening_id}/verify", dependencies=WRITES)
async def verify(sheet: AtSheet, screening_id: UUID) -> Response:
    """Say that it was passed, until the end of a day or for good."""
    checks = Screenings(sheet.desk)
    before = checks.one(screening_id)

    def decide(form: DecideForm) -> Response:
        until = _end_of(form.until, home_zone(sheet.desk)) if form.until else None
        checks.verify(screening_id, until, form.client_status)
        return sheet.see(f"/screening/{screening_id}", "saved")

    return await sheet.take(
        DecideForm,
        decide,
        lambda form, s: _one(sheet, before, s, passed=form),
        prefix="passed",
        fields={"expiresAt": "until"},
    )


@router.post("/{screening_id}/fail", dependencies=WRITES)
async def fail(sheet: AtSheet, screening_id: UUID) -> Response:
    """Say that it was not passed."""
    checks = Screenings(sheet.desk)
    before = checks.one(screening_id)

    def decide(form: DecideForm) -> Response:
        checks.fail(screening_id, form.client_status)
        return sheet.see(f"/screening/{screening_id}", "saved")

    return await sheet.take(
        DecideForm, decide, lambda form, s: _one(sheet, before, s, failed=form), prefix="failed"
    )


@router.post("/{screening_id}/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, screening_id: UUID) -> Response:
    """Take one away."""
    Screenings(sheet.desk).remove(screening_id)
    return sheet.see("/screening", "removed")


def _new(sheet: Sheet, form: Form | FormErrors, status: int = 200) -> Response:
    client = form.value("client")
    return sheet.show(
        "check_form.html",
        status,
        heading="A check",
        form=form,
        row=None,
        action=f"{sheet.path}/screening/new",
        people=people_options(sheet.desk, client),
        types=options(CHECK_TYPE),
        sites=sites_of(sheet.desk, id_of(client)),
        version="",
    )


def _one(sheet: Sheet, kept: Kept[Screening], status: int = 200, **forms: Form) -> Response:
    check = kept.entry
    name = name_of(sheet.desk, kept.client_id)
    filled: dict[str, Form] = {
        "form": Form({"type": check.type, "details": check.details, "sites": list(check.sites)}),
        "passed": Form({"clientStatus": "approved"}, prefix="passed"),
        "failed": Form({"clientStatus": "rejected"}, prefix="failed"),
    }
    return sheet.show(
        "check_form.html",
        status,
        heading=f"A check of {name}",
        row=_row(sheet, kept, name),
        action=f"{sheet.path}/screening/{kept.id}",
        people=[],
        types=options(CHECK_TYPE),
        sites=sites_of(sheet.desk, kept.client_id),
        standings=options(SCREENING),
        version=kept.version,
        **(filled | forms),
    )


def _row(sheet: Sheet, kept: Kept[Screening], name: str) -> dict[str, Any]:
    check, zone = kept.entry, home_zone(sheet.desk)
    over = check.expires_at is not None and check.expires_at <= sheet.desk.now()
    return {
        "id": kept.id,
        "client": kept.client_id,
        "name": name,
        "type": CHECK_TYPE[check.type],
        "state": CHECK[check.status_at(sheet.desk.now())],
        "since": day(check.verified_at or kept.created_at, zone),
        "until": _last_day(check.expires_at, zone) if check.expires_at else "",
        "over": over,
        "details": check.details,
    }


def _end_of(on: date, zone: str) -> datetime:
    if not 2000 <= on.year < 2200:
        raise Invalid("date", "Check the year.", field="until")
    after = on + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone))


def _last_day(until: datetime, zone: str) -> str:
    return day(until - timedelta(seconds=1), zone)
