"""Pages of references: people whom a client named, their answer and deletion date."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.enums import ReferenceStatus
from crm.domain.references import DELETE_AFTER_DAYS, Reference
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.forms import client_options
from crm.pages.labels import REFERENCE, format_date, options
from crm.pages.record_list import Cell, render_record_list, status_filters
from crm.repository.encrypted_records import Stored
from crm.schemas.fields import Name, ShortText, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.records import name_of
from crm.service.references import ReferenceService
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/references")
PER_PAGE = 25


class ReferenceForm(Body):
    """Form of a reference."""

    name: Annotated[Name, Field(title=N_("Name"))]
    contact: Annotated[ShortText, Field(title=N_("Contact"))] = ""
    relationship: Annotated[ShortText, Field(title=N_("Relationship to the client"))] = ""
    notes: Annotated[Text, Field(title=N_("Notes"))] = ""
    status: Annotated[ReferenceStatus, Field(title=N_("Answer"))] = ReferenceStatus.PENDING
    contacted: Annotated[date | None, Field(title=N_("Contacted on"))] = None
    forget_after_days: Annotated[int, Field(ge=1, le=365, title=N_("Delete after"))] = (
        DELETE_AFTER_DAYS
    )

    def to_reference(self, context: UnlockedPageContext) -> Reference:
        """Return the reference of the domain, from which the service computes the deletion date."""
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
    """Form of a new reference, with its client."""

    client: Annotated[UUID, Field(title=N_("Client"))]


class ChangeForm(ReferenceForm):
    """Form of a reference with the version that was read."""

    version: Version


FIELDS = {"contactedAt": "contacted"}


@router.get("")
async def references_page(context: UnlockedPageDep) -> Response:
    """Show references, the latest first."""
    filters, record_filter = status_filters(context, ReferenceStatus)
    references = ReferenceService(context.unlocked)
    return render_record_list(
        context,
        "references.html",
        "/references",
        filters=filters,
        load_page=lambda cursor: references.list(record_filter, cursor, PER_PAGE),
        view=lambda page: {
            "heading": _("References"),
            "client": record_filter.client_id,
            "statuses": options(REFERENCE),
            "rows": [_cells(context, one, page.names.get(one.client_id, "")) for one in page.items],
        },
    )


@router.get("/new")
async def new_page(context: UnlockedPageDep) -> Response:
    """Show the form of a new reference."""
    client = context.request.query_params.get("client", "")
    values = {"client": client, "status": "pending", "forgetAfterDays": DELETE_AFTER_DAYS}
    return _render_new(context, Form(values))


@router.post("/new", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Add a reference."""

    def save(form: NewForm) -> Response:
        ReferenceService(context.unlocked).add(form.client, form.to_reference(context))
        return context.redirect("/references", "added")

    return await context.handle_form(
        NewForm, save, lambda form, s: _render_new(context, form, s), field_names=FIELDS
    )


@router.get("/{reference_id}")
async def reference_page(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Show the form of a reference."""
    stored = ReferenceService(context.unlocked).get(reference_id)
    return _render_reference(context, stored, Form(_values(context, stored)))


@router.post("/{reference_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Update a reference."""
    service = ReferenceService(context.unlocked)
    before = service.get(reference_id)

    def save(form: ChangeForm) -> Response:
        service.update(reference_id, form.version, form.to_reference(context))
        return context.redirect(f"/references/{reference_id}", "saved")

    return await context.handle_form(
        ChangeForm,
        save,
        lambda form, s: _render_reference(context, before, form, s),
        field_names=FIELDS,
    )


@router.post("/{reference_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, reference_id: UUID) -> Response:
    """Delete a reference."""
    ReferenceService(context.unlocked).delete(reference_id)
    return context.redirect("/references", "removed")


def _render_new(
    context: UnlockedPageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    return context.render(
        "reference_form.html",
        status,
        heading=_("Add reference"),
        form=form,
        row=None,
        action=f"{context.path}/references/new",
        client_options=client_options(context.unlocked, form.value("client")),
        statuses=options(REFERENCE),
        version="",
    )


def _render_reference(
    context: UnlockedPageContext, stored: Stored[Reference], form: Form, status: int = 200
) -> Response:
    return context.render(
        "reference_form.html",
        status,
        heading=stored.payload.name,
        form=form,
        row=_row(context, stored, name_of(context.unlocked, stored.client_id)),
        action=f"{context.path}/references/{stored.id}",
        client_options=[],
        statuses=options(REFERENCE),
        version=stored.version,
    )


def _values(context: UnlockedPageContext, stored: Stored[Reference]) -> dict[str, Any]:
    reference, time_zone = stored.payload, ZoneInfo(time_zone_of(context.unlocked))
    contacted = (
        reference.contacted_at.astimezone(time_zone).date() if reference.contacted_at else ""
    )
    return {
        "name": reference.name,
        "contact": reference.contact,
        "relationship": reference.relationship,
        "notes": reference.notes,
        "status": reference.status,
        "contacted": contacted,
        "forgetAfterDays": reference.forget_after_days,
    }


def _cells(context: UnlockedPageContext, stored: Stored[Reference], name: str) -> list[Cell]:
    row = _row(context, stored, name)
    return [
        Cell(text=row["name"], href=f"{context.path}/references/{row['id']}"),
        Cell(text=name, href=f"{context.path}/clients/{row['client']}", label=_("client")),
        Cell(text=row["contact"]),
        Cell(badge=row["state"]),
        Cell(text=row["deleted_on"], label=_("deleted on"), is_muted=True),
    ]


def _row(context: UnlockedPageContext, stored: Stored[Reference], name: str) -> dict[str, Any]:
    reference, time_zone = stored.payload, time_zone_of(context.unlocked)
    return {
        "id": stored.id,
        "client": stored.client_id,
        "client_name": name,
        "name": reference.name,
        "contact": reference.contact,
        "state": REFERENCE[reference.status],
        "answered": format_date(reference.answered_at, time_zone) if reference.answered_at else "",
        "deleted_on": format_date(reference.forgotten_on, time_zone),
    }
