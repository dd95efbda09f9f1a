"""Referees: whom a client named, what they said, and when they are forgotten."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.enums import ReferenceStatus
from crm.domain.references import DELETE_AFTER_DAYS, Reference
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options, parse_uuid
from crm.pages.labels import REFERENCE, format_date, options, parse_enum
from crm.repository.encrypted_records import RecordFilter, Stored
from crm.schemas.fields import Name, ShortText, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import name_of
from crm.service.references import ReferenceService
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/references")
PER_PAGE = 25


class ReferenceForm(Body):
    """Somebody whom a client named."""

    name: Annotated[Name, Field(title="Name")]
    contact: Annotated[ShortText, Field(title="How to reach them")] = ""
    relationship: Annotated[ShortText, Field(title="How they know each other")] = ""
    notes: Annotated[Text, Field(title="What they said")] = ""
    status: Annotated[ReferenceStatus, Field(title="Their answer")] = ReferenceStatus.PENDING
    contacted: Annotated[date | None, Field(title="Written to on")] = None
    forget_after_days: Annotated[int, Field(ge=1, le=365, title="Forgotten after")] = (
        DELETE_AFTER_DAYS
    )

    def to_reference(self, context: UnlockedPageContext) -> Reference:
        """Return it as the use case takes it, which says when it is forgotten."""
        now, time_zone = context.unlocked.now(), time_zone_of(context.unlocked)
        contacted = at_noon(self.contacted, time_zone) if self.contacted else None
        if (
            contacted
            and contacted > now
            and format_date(contacted, time_zone) == format_date(now, time_zone)
        ):
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


class NewForm(ReferenceForm):
    """The same with who named them."""

    client: Annotated[UUID, Field(title="Named by")]


class ChangeForm(ReferenceForm):
    """The same of one that was read at a version."""

    version: Version


FIELDS = {"contactedAt": "contacted"}


@router.get("")
async def references_page(context: UnlockedPageDep) -> Response:
    """Show referees, the latest first."""
    asked = context.request.query_params
    status, client = (
        parse_enum(ReferenceStatus, asked.get("status")),
        parse_uuid(asked.get("client", "")),
    )
    stored = {name: str(value) for name, value in (("status", status), ("client", client)) if value}
    wanted = RecordFilter(client_id=client, equal={"status": status} if status else None)
    try:
        page = ReferenceService(context.unlocked).list(
            wanted, asked.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return context.redirect(f"/references?{urlencode(stored)}")
    more = urlencode(stored | {"cursor": page.next_cursor or ""})
    return context.render(
        "referees.html",
        heading="Referees",
        form=Form(stored),
        narrowed=bool(stored),
        client=client,
        statuses=options(REFERENCE),
        rows=[_row(context, one, page.names.get(one.client_id, "")) for one in page.items],
        next_url=f"{context.path}/references?{more}" if page.next_cursor else "",
    )


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Ask whom to ask."""
    client = context.request.query_params.get("client", "")
    values = {"client": client, "status": "pending", "forgetAfterDays": DELETE_AFTER_DAYS}
    return _new(context, Form(values))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Write one down."""

    def keep(form: NewForm) -> Response:
        ReferenceService(context.unlocked).add(form.client, form.to_reference(context))
        return context.redirect("/references", "added")

    return await context.handle_form(
        NewForm, keep, lambda form, s: _new(context, form, s), fields=FIELDS
    )


@router.get("/{reference_id}")
async def reference_page(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Show one, to write down what they said."""
    stored = ReferenceService(context.unlocked).get(reference_id)
    return _one(context, stored, Form(_values(context, stored)))


@router.post("/{reference_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Write down what they said."""
    referees = ReferenceService(context.unlocked)
    before = referees.get(reference_id)

    def keep(form: ChangeForm) -> Response:
        referees.update(reference_id, form.version, form.to_reference(context))
        return context.redirect(f"/references/{reference_id}", "saved")

    return await context.handle_form(
        ChangeForm, keep, lambda form, s: _one(context, before, form, s), fields=FIELDS
    )


@router.post("/{reference_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Forget one now."""
    ReferenceService(context.unlocked).delete(reference_id)
    return context.redirect("/references", "removed")


def _new(context: UnlockedPageContext, form: Form | FormErrors, status: int = 200) -> Response:
    return context.render(
        "referee_form.html",
        status,
        heading="A referee",
        form=form,
        row=None,
        action=f"{context.path}/references/new",
        people=client_options(context.unlocked, form.value("client")),
        statuses=options(REFERENCE),
        version="",
    )


def _one(
    context: UnlockedPageContext, stored: Stored[Reference], form: Form, status: int = 200
) -> Response:
    return context.render(
        "referee_form.html",
        status,
        heading=stored.payload.name,
        form=form,
        row=_row(context, stored, name_of(context.unlocked, stored.client_id)),
        action=f"{context.path}/references/{stored.id}",
        people=[],
        statuses=options(REFERENCE),
        version=stored.version,
    )


def _values(context: UnlockedPageContext, stored: Stored[Reference]) -> dict[str, Any]:
    one, time_zone = stored.payload, ZoneInfo(time_zone_of(context.unlocked))
    contacted = one.contacted_at.astimezone(time_zone).date() if one.contacted_at else ""
    return {
        "name": one.name,
        "contact": one.contact,
        "relationship": one.relationship,
        "notes": one.notes,
        "status": one.status,
        "contacted": contacted,
        "forgetAfterDays": one.forget_after_days,
    }


def _row(context: UnlockedPageContext, stored: Stored[Reference], name: str) -> dict[str, Any]:
    one, time_zone = stored.payload, time_zone_of(context.unlocked)
    return {
        "id": stored.id,
        "client": stored.client_id,
        "client_name": name,
        "name": one.name,
        "contact": one.contact,
        "state": REFERENCE[one.status],
        "answered": format_date(one.answered_at, time_zone) if one.answered_at else "",
        "forgotten": format_date(one.forgotten_on, time_zone),
    }
