"""What is to be done: open ones by when they are due, and those that are done."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.tasks import KeptTask, Task, TaskState
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITES, AtSheet, Sheet, page_router
from crm.pages.labels import chosen, day
from crm.repository.tasks import WantedTasks
from crm.schemas.fields import Line, Text, Version
from crm.service.dashboard import home_zone
from crm.service.data_requests import SubjectCases
from crm.service.tasks import TaskList
from kit.errors import Invalid
from kit.http import Request as Body
from kit.pages import Form, FormErrors

router = page_router("/tasks")
PER_PAGE = 50


class NewForm(Body):
    """Something to be done."""

    title: Annotated[Line, Field(title="What")]
    due: Annotated[date | None, Field(title="When")] = None
    notes: Text = ""


class AddForm(NewForm):
    """The same under the page's own id, so that sent twice it is there once."""

    entry: UUID | None = None


class ChangeForm(NewForm):
    """The same of one that was read at a version."""

    version: Version


class VersionForm(Body):
    """Which version was seen."""

    version: Version


@router.get("")
async def tasks_page(sheet: AtSheet) -> Response:
    """Show what is to be done."""
    return _page(sheet, Form())


@router.post("", dependencies=WRITES)
async def add(sheet: AtSheet) -> Response:
    """Remember to do something."""

    def keep(form: AddForm) -> Response:
        due = at_noon(form.due, home_zone(sheet.desk)) if form.due else None
        task = Task(title=form.title, notes=form.notes, due_at=due)
        TaskList(sheet.desk).add(None, task, form.entry)
        return sheet.see("/tasks", "added")

    return await sheet.take(AddForm, keep, lambda form, status: _page(sheet, form, status))


@router.get("/{task_id}")
async def task_page(sheet: AtSheet, task_id: UUID) -> Response:
    """Show one, to be put right."""
    kept = TaskList(sheet.desk).one(task_id)
    due = kept.task.due_at
    values = {
        "title": kept.task.title,
        "notes": kept.task.notes,
        "due": due.astimezone(ZoneInfo(home_zone(sheet.desk))).date().isoformat() if due else "",
        "version": kept.version,
    }
    return _one(sheet, kept, Form(values))


@router.post("/{task_id}", dependencies=WRITES)
async def change(sheet: AtSheet, task_id: UUID) -> Response:
    """Put it right."""
    tasks = TaskList(sheet.desk)
    kept = tasks.one(task_id)

    def keep(form: ChangeForm) -> Response:
        due = at_noon(form.due, home_zone(sheet.desk)) if form.due else None
        task = Task(title=form.title, notes=form.notes, due_at=due)
        tasks.replace(task_id, form.version, task)
        return sheet.see("/tasks", "saved")

    return await sheet.take(ChangeForm, keep, lambda form, status: _one(sheet, kept, form, status))


@router.post("/{task_id}/done", dependencies=WRITES)
async def done(sheet: AtSheet, task_id: UUID) -> Response:
    """Tick one off."""

    def finish(form: VersionForm) -> Response:
        TaskList(sheet.desk).finish(task_id, form.version)
        return sheet.see("/tasks", "done")

    TaskList(sheet.desk).one(task_id)
    return await sheet.take(VersionForm, finish, lambda form, status: _page(sheet, form, status))


@router.post("/{task_id}/reopen", dependencies=WRITES)
async def reopen(sheet: AtSheet, task_id: UUID) -> Response:
    """Do it after all."""

    def again(form: VersionForm) -> Response:
        TaskList(sheet.desk).reopen(task_id, form.version)
        return sheet.see("/tasks", "saved")

    TaskList(sheet.desk).one(task_id)
    return await sheet.take(VersionForm, again, lambda form, status: _page(sheet, form, status))


@router.post("/{task_id}/remove", dependencies=WRITES)
async def remove(sheet: AtSheet, task_id: UUID) -> Response:
    """Take one away."""
    TaskList(sheet.desk).remove(task_id)
    return sheet.see("/tasks", "removed")


def _one(sheet: Sheet, kept: KeptTask, form: Form, status: int = 200) -> Response:
    return sheet.show(
        "task.html",
        status,
        heading="Something to do",
        form=form,
        here=f"{sheet.path}/tasks/{kept.id}",
        version=form.value("version") or str(kept.version),
    )


def _page(sheet: Sheet, form: Form | FormErrors, status: int = 200) -> Response:
    asked = sheet.request.query_params
    state = chosen(TaskState, asked.get("state")) or TaskState.OPEN
    try:
        page = TaskList(sheet.desk).page(
            WantedTasks(state=state), asked.get("cursor") or None, PER_PAGE
        )
    except Invalid:
        return sheet.see("/tasks")
    zone = home_zone(sheet.desk)
    more = {"state": state.value, "cursor": page.next_cursor}
    return sheet.show(
        "tasks.html",
        status,
        heading="To do",
        form=form,
        state=state.value,
        asking=SubjectCases(sheet.desk).waiting(),
        rows=[task_row(sheet, one, zone, page.names) for one in page.items],
        next_url=f"{sheet.path}/tasks?{urlencode(more)}" if page.next_cursor else "",
    )


def task_row(sheet: Sheet, kept: KeptTask, zone: str, names: dict[UUID, str]) -> dict[str, Any]:
    """Return how a list shows a task."""
    due = kept.task.due_at
    return {
        "id": kept.id,
        "title": kept.task.title,
        "notes": kept.task.notes,
        "due": day(due, zone) if due else "",
        "overdue": kept.is_overdue(sheet.desk.now()),
        "done": bool(kept.done_at),
        "version": kept.version,
        "client": kept.client_id,
        "name": names.get(kept.client_id, "") if kept.client_id else "",
    }
