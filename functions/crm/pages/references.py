"""Referees: whom a client named, what they said, and when they are forgotten."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.enums import ReferenceStatus
from crm.domain.references import FORGET_AFTER_DAYS, Reference
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.forms import id_of, people_options
from crm.pages.labels import REFERENCE, chosen, day, options
from crm.repository.encrypted_records import Kept, Wanted
from crm.schemas.fields import Name, ShortText, Text, Version
from crm.service.dashboard import home_zone
from crm.service.records import name_of
from crm.service.references import References
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/references")
PER_PAGE = 25


class RefereeForm(Body):
    """Somebody whom a client named."""

    name: Annotated[Name, Field(title="Name")]
    contact: Annotated[ShortText, Field(title="How to reach them")] = ""
    relationship: Annotated[ShortText, Field(title="How they know each other")] = ""
    notes: Annotated[Text, Field(title="What they said")] = ""
    status: Annotated[ReferenceStatus, Field(title="Their answer")] = ReferenceStatus.PENDING
    contacted: Annotated[date | None, Field(title="Written to on")] = None
    forget_after_days: Annotated[int, Field(ge=1, le=365, title="Forgotten after")] = (
        FORGET_AFTER_DAYS
    )

    def to_reference(self, sheet: Sheet) -> Reference:
        """Return it as the use case takes it, which says when it is forgotten."""
        now, zone = sheet.desk.now(), home_zone(sheet.desk)
        contacted = at_noon(self.contacted, zone) if self.contacted else None
        if contacted and contacted > now and day(contacted, zone) == day(now, zone):
            contacted = now
        return Reference(
            name=self.name,
            contact=self.contact,
            relationship=self.relationship,
            notes=self.notes,
            status=self.status,
            contacted_at=contacted,
            forget_after_days=self.forget_after_days,
            forgotten_on=now,
        )


class NewForm(RefereeForm):
    """The same with who named them."""

    client: Annotated[UUID, Field(title="Named by")]


class ChangeForm(RefereeForm):
    """The same of one that was read at a version."""

    version: Version


FIELDS = {"contactedAt": "contacted"}


@router.get("")
async def referees_page(sheet: AtSheet) -> Response:
    """Show referees, the latest first."""
    asked = sheet.request.query_params
    status, client = chosen(ReferenceStatus, asked.get("status")), id_of(asked.get("client", ""))
    kept = {name: str(value) for name, value in (("status", status), ("client", client)) if value}
    wanted = Wanted(client_id=client, equal={"status": status} if status else None)
    try:
        page = References(sheet.desk).page(wanted, asked.get("cursor") or None, PER_PAGE)
    except Invalid:
        return sheet.see(f"/references?{urlencode(kept)}")
    more = urlencode(kept | {"cursor": page.next_cursor or ""})
    return sheet.show(
        "referees.html",
        heading="Referees",
        form=Form(kept),
        narrowed=bool(kept),
        client=client,
        statuses=options(REFERENCE),
        rows=[_row(sheet, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{sheet.path}/references?{more}" if page.next_cursor else "",
    )


@router.get("/new")
async def new_page(sheet: AtSheet) -> Response:
    """Ask whom to ask."""
    client = sheet.request.query_params.get("client", "")
    values = {"client": client, "status": "pending", "forgetAfterDays": FORGET_AFTER_DAYS}
    return _new(sheet, Form(values))


@router.post("/new", dependencies=WRITES)
async def add(sheet: AtSheet) -> Response:
    """Write one down."""

    def keep(form: NewForm) -> Response:
        References(sheet.desk).add(form.client, form.to_reference(sheet))
        return sheet.see("/references", "added")

    return await sheet.take(NewForm, keep, lambda form, s: _new(sheet, form, s), fields=FIELDS)


@router.get("/{reference_id}")
async def referee_page(sheet: AtSheet, reference_id: UUID) -> Response:
    """Show one, to write down what they said."""
    kept = References(sheet.desk).one(reference_id)
    return _one(sheet, kept, Form(_values(sheet, kept)))


@router.post("/{reference_id}", dependencies=WRITES)
async def change(sheet: AtSheet, reference_id: UUID) -> Response:
    """Write down what they said."""
    referees = References(sheet.desk)
    before = referees.one(reference_id)

    def keep(form: ChangeForm) -> Response:
        referees.replace(reference_id, form.version, form.to_reference(sheet))
        return sheet.see(f"/references/{reference_id}", "saved")

    return await sheet.take(
        ChangeForm, keep, lambda form, s: _one(sheet, before, form, s), fields=FIELDS
    )


@router.post("/{reference_id}/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, reference_id: UUID) -> Response:
    """Forget one now."""
    References(sheet.desk).remove(reference_id)
    return sheet.see("/references", "removed")


def _new(sheet: Sheet, form: Form | FormErrors, status: int = 200) -> Response:
    return sheet.show(
        "referee_form.html",
        status,
        heading="A referee",
        form=form,
        row=None,
        action=f"{sheet.path}/references/new",
        people=people_options(sheet.desk, form.value("client")),
        statuses=options(REFERENCE),
        version="",
    )


def _one(sheet: Sheet, kept: Kept[Reference], form: Form, status: int = 200) -> Response:
    return sheet.show(
        "referee_form.html",
        status,
        heading=kept.entry.name,
        form=form,
        row=_row(sheet, kept, name_of(sheet.desk, kept.client_id)),
        action=f"{sheet.path}/references/{kept.id}",
        people=[],
        statuses=options(REFERENCE),
        version=kept.version,
    )


def _values(sheet: Sheet, kept: Kept[Reference]) -> dict[str, Any]:
    one, zone = kept.entry, ZoneInfo(home_zone(sheet.desk))
    contacted = one.contacted_at.astimezone(zone).date() if one.contacted_at else ""
    return {
        "name": one.name,
        "contact": one.contact,
        "relationship": one.relationship,
        "notes": one.notes,
        "status": one.status,
        "contacted": contacted,
        "forgetAfterDays": one.forget_after_days,
    }


def _row(sheet: Sheet, kept: Kept[Reference], name: str) -> dict[str, Any]:
    one, zone = kept.entry, home_zone(sheet.desk)
    return {
        "id": kept.id,
        "client": kept.client_id,
        "client_name": name,
        "name": one.name,
        "contact": one.contact,
        "state": REFERENCE[one.status],
        "answered": day(one.answered_at, zone) if one.answered_at else "",
        "forgotten": day(one.forgotten_on, zone),
    }
