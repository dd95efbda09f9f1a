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
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.labels import CHANNEL, DIRECTION, PREFERENCE, SCREENING, SOURCE, day, options
from crm.pages.timeline import story
from crm.repository.record_types import COMMUNICATIONS
from crm.schemas.fields import Line, Text
from crm.service.clients import ClientBook, NewClient
from crm.service.dashboard import home_zone
from crm.service.error_mapping import refusal
from crm.service.records import Entries
from crm.service.tasks import TaskList
from crm.vault import ClientShredded, StaleRow, Unreadable
from kit.errors import DomainError
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/clients/{client_id}")
FORMS = ("note", "said", "task", "other", "forget")


class NoteForm(Body):
    """A line more about somebody."""

    note: Annotated[Text, Field(min_length=1, title="Note")]


class SaidForm(Body):
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
async def person_page(sheet: AtSheet, client_id: UUID) -> Response:
    """Show somebody."""
    return show_person(sheet, client_id)


@router.post("/note", dependencies=WRITES)
async def add_note(sheet: AtSheet, client_id: UUID) -> Response:
    """Write a note below the others, with its day."""
    book = ClientBook(sheet.desk)
    client = book.one(client_id)

    def keep(form: NoteForm) -> Response:
        today = day(sheet.desk.now(), home_zone(sheet.desk))
        details = client.details
        notes = f"{details.notes}\n\n{today}: {form.note}".strip()
        changed = NewClient(
            details=replace(details, notes=notes),
            screening_status=client.standing.screening_status,
            communication_preference=client.standing.communication_preference,
        )
        book.replace(client_id, client.version, changed)
        return sheet.see(f"/clients/{client_id}", "saved")

    return await sheet.take(NoteForm, keep, _again(sheet, client_id, "note"), prefix="note")


@router.post("/said", dependencies=WRITES)
async def add_said(sheet: AtSheet, client_id: UUID) -> Response:
    """Write down what was said."""

    def keep(form: SaidForm) -> Response:
        happened = at_noon(form.day, home_zone(sheet.desk)) if form.day else sheet.desk.now()
        entry = Communication(
            type=form.type, direction=form.direction, happened_at=happened, text=form.text
        )
        Entries(sheet.desk, COMMUNICATIONS).add(client_id, entry, form.entry)
        return sheet.see(f"/clients/{client_id}", "added")

    return await sheet.take(SaidForm, keep, _again(sheet, client_id, "said"), prefix="said")


@router.post("/task", dependencies=WRITES)
async def add_task(sheet: AtSheet, client_id: UUID) -> Response:
    """Remember to do something."""

    def keep(form: TaskForm) -> Response:
        due = at_noon(form.due, home_zone(sheet.desk)) if form.due else None
        TaskList(sheet.desk).add(client_id, Task(title=form.title, due_at=due), form.entry)
        return sheet.see(f"/clients/{client_id}", "added")

    return await sheet.take(TaskForm, keep, _again(sheet, client_id, "task"), prefix="task")


def at_noon(on: date, zone: str) -> datetime:
    """Return a moment of a day, for what has a day and no hour."""
    return datetime.combine(on, time(12), ZoneInfo(zone))


def show_person(
    sheet: Sheet, client_id: UUID, status: int = 200, forms: Mapping[str, Form] | None = None
) -> Response:
    """Show somebody, with a form that was refused."""
    try:
        client = ClientBook(sheet.desk).one(client_id)
    except StaleRow:
        raise  # Nothing is wrong with it: the next time it opens.
    except (Unreadable, ClientShredded) as error:
        return _shut(sheet, client_id, refusal(error), forms or {})
    zone = home_zone(sheet.desk)
    first = {"said": {"type": "text_app", "direction": "inbound"}}
    given = forms or {}
    shown = {
        f"{name}_form": given.get(name) or Form(first.get(name, {}), prefix=name) for name in FORMS
    }
    details = client.details
    return sheet.show(
        "person.html",
        status,
        heading=details.name,
        here=f"{sheet.path}/clients/{client.id}",
        client=client,
        details=details,
        checked=SCREENING[client.standing.screening_status],
        known=_known(client, zone),
        story=story(sheet.desk, client_id, zone, sheet.path),
        channels=options(CHANNEL),
        directions=[(key.value, said.capitalize()) for key, said in DIRECTION.items()],
        **shown,
    )


def _shut(
    sheet: Sheet, client_id: UUID, refused: DomainError, forms: Mapping[str, Form]
) -> Response:
    """Show that somebody does not open, and let her forget them."""
    return sheet.show(
        "person_shut.html",
        refused.status,
        heading="This entry does not open",
        here=f"{sheet.path}/clients/{client_id}",
        why=refused.message,
        forget_form=forms.get("forget") or Form({}, prefix="forget"),
    )


def _known(client: Client, zone: str) -> list[tuple[str, str]]:
    details, standing = client.details, client.standing
    whole: dict[str, Any] = {
        "Other names": ", ".join(details.aliases),
        "Phone": ", ".join(details.phones),
        "E-mail": ", ".join(details.emails),
        "Known on": ", ".join(f"{one.site} as {one.handle}" for one in details.reference_sites),
        "Contact": PREFERENCE[standing.communication_preference],
        "Likes and dislikes": details.preferences,
        "In your book since": f"{day(client.created_at, zone)}. {SOURCE[standing.source]}.",
    }
    return [(term, text) for term, text in whole.items() if text]


def _again(sheet: Sheet, client_id: UUID, name: str) -> Any:
    def again(form: FormErrors, status: int) -> Response:
        return show_person(sheet, client_id, status, {name: form})

    return again
