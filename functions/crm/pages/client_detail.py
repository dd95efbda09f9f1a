"""Page of a client: profile, timeline, and forms to add notes, communications and tasks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.client_fields import BoundField
from crm.domain.clients import EDITED_FIELDS, Client
from crm.domain.communications import Communication
from crm.domain.enums import CommunicationType, Direction
from crm.domain.tasks import Task
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import (
    CHANNEL,
    CLIENT_SCREENING,
    DIRECTION,
    PREFERENCE,
    SOURCE,
    format_date,
    options,
)
from crm.pages.timeline import load_timeline_page
from crm.repository.communications import COMMUNICATIONS
from crm.schemas.fields import Line, Text
from crm.service.clients import ClientInput, ClientService
from crm.service.dashboard import time_zone_of
from crm.service.error_mapping import to_domain_error
from crm.service.records import RecordService
from crm.service.tasks import TaskService
from crm.vault import ClientShredded, DecryptionFailed, RecordRekeyed
from kit.errors import DomainError, Invalid
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors

router = page_router("/clients/{client_id}")
FORM_NAMES = ("note", "communication", "task", "other", "erase")


class NoteForm(Body):
    """Form to add a note to a client."""

    note: Annotated[Text, Field(min_length=1, title=N_("Note"))]


class CommunicationForm(Body):
    """Form to add a communication, of today or an earlier day."""

    type: CommunicationType
    direction: Direction
    day: Annotated[date | None, Field(title=N_("Day"))] = None
    text: Annotated[Text, Field(min_length=1, title=N_("Content"))]
    entry: UUID | None = None


class TaskForm(Body):
    """Form to add a task about a client."""

    title: Annotated[Line, Field(title=N_("Title"))]
    due: Annotated[date | None, Field(title=N_("Due"))] = None
    entry: UUID | None = None


@router.get("")
async def client_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show a client."""
    return render_client(context, client_id)


@router.post("/note", dependencies=WRITE_DEPENDENCIES)
async def add_note(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Append a note with its date to the client's notes."""
    service = ClientService(context.unlocked)
    client = service.get(client_id)

    def save(form: NoteForm) -> Response:
        today = format_date(context.unlocked.now(), time_zone_of(context.unlocked))
        profile = client.profile
        notes = f"{profile.notes}\n\n{today}: {form.note}".strip()
        changed = ClientInput(
            profile=replace(profile, notes=notes),
            screening_status=client.status.screening_status,
            communication_preference=client.status.communication_preference,
        )
        service.update(client_id, client.version, changed)
        return context.redirect(f"/clients/{client_id}", "saved")

    return await context.handle_form(
        NoteForm, save, _error_renderer(context, client_id, "note"), prefix="note"
    )


@router.post("/communications", dependencies=WRITE_DEPENDENCIES)
async def add_communication(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Add a communication."""

    def save(form: CommunicationForm) -> Response:
        happened = (
            at_noon(form.day, time_zone_of(context.unlocked))
            if form.day
            else context.unlocked.now()
        )
        entry = Communication(
            type=form.type, direction=form.direction, happened_at=happened, text=form.text
        )
        RecordService(context.unlocked, COMMUNICATIONS).add(client_id, entry, form.entry)
        return context.redirect(f"/clients/{client_id}", "added")

    return await context.handle_form(
        CommunicationForm,
        save,
        _error_renderer(context, client_id, "communication"),
        prefix="communication",
    )


@router.post("/task", dependencies=WRITE_DEPENDENCIES)
async def add_task(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Add a task about the client."""

    def save(form: TaskForm) -> Response:
        due = at_noon(form.due, time_zone_of(context.unlocked)) if form.due else None
        TaskService(context.unlocked).add(client_id, Task(title=form.title, due_at=due), form.entry)
        return context.redirect(f"/clients/{client_id}", "added")

    return await context.handle_form(
        TaskForm, save, _error_renderer(context, client_id, "task"), prefix="task"
    )


def at_noon(day: date, time_zone: str) -> datetime:
    """Return noon of a day, for records that have a day and no hour."""
    return datetime.combine(day, time(12), ZoneInfo(time_zone))


def render_client(
    context: UnlockedPageContext,
    client_id: UUID,
    status: int = 200,
    forms: Mapping[str, Form] | None = None,
) -> Response:
    """Render a client's page, with the errors of a refused form."""
    try:
        client = ClientService(context.unlocked).get(client_id)
    except RecordRekeyed:
        raise  # The record is intact: a retry opens it.
    except (DecryptionFailed, ClientShredded) as error:
        return _render_unreadable(context, client_id, to_domain_error(error), forms or {})
    time_zone = time_zone_of(context.unlocked)
    cursor = context.request.query_params.get("cursor", "")
    try:
        timeline_page = load_timeline_page(
            context.unlocked, client_id, time_zone, context.path, cursor
        )
    except Invalid:
        return context.redirect(f"/clients/{client_id}")
    initial = {"communication": {"type": "text_app", "direction": "inbound"}}
    given = forms or {}
    rendered_forms = {
        f"{name}_form": given.get(name) or Form(initial.get(name, {}), prefix=name)
        for name in FORM_NAMES
    }
    profile = client.profile
    return context.render(
        "client.html",
        status,
        heading=profile.name,
        here=f"{context.path}/clients/{client.id}",
        client=client,
        profile=profile,
        screening_status=CLIENT_SCREENING[client.status.screening_status],
        profile_rows=_profile_rows(client, time_zone),
        timeline_page=timeline_page,
        channels=options(CHANNEL),
        directions=options(DIRECTION),
        **rendered_forms,
    )


def _render_unreadable(
    context: UnlockedPageContext, client_id: UUID, error: DomainError, forms: Mapping[str, Form]
) -> Response:
    """Render the page of an unreadable client, from which the client can be erased."""
    return context.render(
        "client_unreadable.html",
        error.status,
        heading=_("This client cannot be read"),
        here=f"{context.path}/clients/{client_id}",
        reason=error.message,
        erase_form=forms.get("erase") or Form({}, prefix="erase"),
    )


def _profile_rows(client: Client, time_zone: str) -> list[tuple[str, str]]:
    facts = {
        _(field.fact_label): _fact(field, client) for field in EDITED_FIELDS if field.fact_label
    }
    source = SOURCE[client.status.source]
    facts |= {
        _("Contact"): PREFERENCE[client.status.communication_preference],
        _("Added on"): _(
            "%(day)s. %(source)s.", day=format_date(client.created_at, time_zone), source=source
        ),
    }
    return [(term, text) for term, text in facts.items() if text]


def _fact(field: BoundField, client: Client) -> str:
    return ", ".join(field.sentences(getattr(client.profile, field.name)))


def _error_renderer(context: UnlockedPageContext, client_id: UUID, name: str) -> Any:
    def render_errors(form: FormErrors, status: int) -> Response:
        return render_client(context, client_id, status, {name: form})

    return render_errors
