"""One person of the book: what is known, what happened, and what is written down next."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.clients import Client
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
from crm.pages.timeline import story
from crm.repository.record_types import COMMUNICATIONS
from crm.schemas.fields import Line, Text
from crm.service.clients import ClientService, NewClient
from crm.service.dashboard import time_zone_of
from crm.service.error_mapping import to_domain_error
from crm.service.records import RecordService
from crm.service.tasks import TaskService
from crm.vault import ClientShredded, DecryptionFailed, RecordRekeyed
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/clients/{client_id}")
FORM_NAMES = ("note", "said", "task", "other", "forget")


class NoteForm(Body):
    """A line more about somebody."""

    note: Annotated[Text, Field(min_length=1, title="Note")]


class CommunicationForm(Body):
    """Something that was said, now or at another time."""

    type: CommunicationType
    direction: Direction
    day: Annotated[date | None, Field(title="Day")] = None
    text: Annotated[Text, Field(min_length=1, title="What was said")]
    entry: UUID | None = None


class TaskForm(Body):
    """Something to be done about somebody."""

    title: Annotated[Line, Field(title="What")]
    due: Annotated[date | None, Field(title="When")] = None
    entry: UUID | None = None


@router.get("")
async def client_page(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Show somebody."""
    return render_client(context, client_id)


@router.post("/note", dependencies=WRITE_DEPENDENCIES)
async def add_note(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Write a note below the others, with its day."""
    book = ClientService(context.unlocked)
    client = book.get(client_id)

    def keep(form: NoteForm) -> Response:
        today = format_date(context.unlocked.now(), time_zone_of(context.unlocked))
        details = client.profile
        notes = f"{details.notes}\n\n{today}: {form.note}".strip()
        changed = NewClient(
            details=replace(details, notes=notes),
            screening_status=client.status.screening_status,
            communication_preference=client.status.communication_preference,
        )
        book.update(client_id, client.version, changed)
        return context.redirect(f"/clients/{client_id}", "saved")

    return await context.handle_form(
        NoteForm, keep, _again(context, client_id, "note"), prefix="note"
    )


@router.post("/said", dependencies=WRITE_DEPENDENCIES)
async def add_communication(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Write down what was said."""

    def keep(form: CommunicationForm) -> Response:
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
        CommunicationForm, keep, _again(context, client_id, "said"), prefix="said"
    )


@router.post("/task", dependencies=WRITE_DEPENDENCIES)
async def add_task(context: UnlockedPageDep, client_id: UUID) -> Response:
    """Remember to do something."""

    def keep(form: TaskForm) -> Response:
        due = at_noon(form.due, time_zone_of(context.unlocked)) if form.due else None
        TaskService(context.unlocked).add(client_id, Task(title=form.title, due_at=due), form.entry)
        return context.redirect(f"/clients/{client_id}", "added")

    return await context.handle_form(
        TaskForm, keep, _again(context, client_id, "task"), prefix="task"
    )


def at_noon(on: date, time_zone: str) -> datetime:
    """Return a moment of a day, for what has a day and no hour."""
    return datetime.combine(on, time(12), ZoneInfo(time_zone))


def render_client(
    context: UnlockedPageContext,
    client_id: UUID,
    status: int = 200,
    forms: Mapping[str, Form] | None = None,
) -> Response:
    """Show somebody, with a form that was refused."""
    try:
        client = ClientService(context.unlocked).get(client_id)
    except RecordRekeyed:
        raise  # Nothing is wrong with it: the next time it opens.
    except (DecryptionFailed, ClientShredded) as error:
        return _shut(context, client_id, to_domain_error(error), forms or {})
    time_zone = time_zone_of(context.unlocked)
    first = {"said": {"type": "text_app", "direction": "inbound"}}
    given = forms or {}
    shown = {
        f"{name}_form": given.get(name) or Form(first.get(name, {}), prefix=name)
        for name in FORM_NAMES
    }
    details = client.profile
    return context.render(
        "person.html",
        status,
        heading=details.name,
        here=f"{context.path}/clients/{client.id}",
        client=client,
        details=details,
        checked=CLIENT_SCREENING[client.status.screening_status],
        known=_known(client, time_zone),
        story=story(context.unlocked, client_id, time_zone, context.path),
        channels=options(CHANNEL),
        directions=[(key.value, said.capitalize()) for key, said in DIRECTION.items()],
        **shown,
    )


def _shut(
    context: UnlockedPageContext, client_id: UUID, refused: DomainError, forms: Mapping[str, Form]
) -> Response:
    """Show that somebody does not open, and let her forget them."""
    return context.render(
        "person_shut.html",
        refused.status,
        heading="This entry does not open",
        here=f"{context.path}/clients/{client_id}",
        why=refused.message,
        forget_form=forms.get("forget") or Form({}, prefix="forget"),
    )


def _known(client: Client, time_zone: str) -> list[tuple[str, str]]:
    details, standing = client.profile, client.status
    whole: dict[str, Any] = {
        "Other names": ", ".join(details.aliases),
        "Phone": ", ".join(details.phones),
        "E-mail": ", ".join(details.emails),
        "Known on": ", ".join(f"{one.site} as {one.handle}" for one in details.reference_sites),
        "Contact": PREFERENCE[standing.communication_preference],
        "Likes and dislikes": details.preferences,
        "In your book since": f"{format_date(client.created_at, time_zone)}. {SOURCE[standing.source]}.",
    }
    return [(term, text) for term, text in whole.items() if text]


def _again(context: UnlockedPageContext, client_id: UUID, name: str) -> Any:
    def again(form: FormErrors, status: int) -> Response:
        return render_client(context, client_id, status, {name: form})

    return again
