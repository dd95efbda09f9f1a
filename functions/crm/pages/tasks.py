"""Pages of tasks: open ones by due date, and completed ones."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import Response
from pydantic import Field

from crm.domain.tasks import StoredTask, Task, TaskState
from crm.pages.client_detail import at_noon
from crm.pages.context import WRITE_DEPENDENCIES, UnlockedPageContext, UnlockedPageDep, page_router
from crm.pages.labels import format_date, parse_enum
from crm.pages.record_list import render_record_list
from crm.repository.tasks import TaskFilter
from crm.schemas.fields import Line, Text, Version
from crm.service.dashboard import time_zone_of
from crm.service.data_requests import DataRequestCaseService
from crm.service.tasks import TaskService
from kit.http import Request as Body
from kit.i18n import N_
from kit.i18n import gettext as _
from kit.pages import Form, FormErrors, VersionForm

router = page_router("/tasks")
PER_PAGE = 50


class NewForm(Body):
    """Form of a task."""

    title: Annotated[Line, Field(title=N_("Title"))]
    due: Annotated[date | None, Field(title=N_("Due"))] = None
    notes: Text = ""


class AddForm(NewForm):
    """Form of a new task, with the page's id: the form sent twice adds one task."""

    entry: UUID | None = None


class ChangeForm(NewForm):
    """Form of a task with the version that was read."""

    version: Version


@router.get("")
async def tasks_page(context: UnlockedPageDep) -> Response:
    """Show the task list."""
    return _render_list(context, Form())


@router.post("", dependencies=WRITE_DEPENDENCIES)
async def add(context: UnlockedPageDep) -> Response:
    """Add a task."""

    def save(form: AddForm) -> Response:
        due = at_noon(form.due, time_zone_of(context.unlocked)) if form.due else None
        task = Task(title=form.title, notes=form.notes, due_at=due)
        TaskService(context.unlocked).add(None, task, form.entry)
        return context.redirect("/tasks", "added")

    return await context.handle_form(
        AddForm, save, lambda form, status: _render_list(context, form, status)
    )


@router.get("/{task_id}")
async def task_page(context: UnlockedPageDep, task_id: UUID) -> Response:
    """Show the form of a task."""
    stored = TaskService(context.unlocked).get(task_id)
    due = stored.task.due_at
    values = {
        "title": stored.task.title,
        "notes": stored.task.notes,
        "due": due.astimezone(ZoneInfo(time_zone_of(context.unlocked))).date().isoformat()
        if due
        else "",
        "version": stored.version,
    }
    return _render_task(context, stored, Form(values))


@router.post("/{task_id}", dependencies=WRITE_DEPENDENCIES)
async def change(context: UnlockedPageDep, task_id: UUID) -> Response:
    """Update a task."""
    tasks = TaskService(context.unlocked)
    stored = tasks.get(task_id)

    def save(form: ChangeForm) -> Response:
        due = at_noon(form.due, time_zone_of(context.unlocked)) if form.due else None
        task = Task(title=form.title, notes=form.notes, due_at=due)
        tasks.update(task_id, form.version, task)
        return context.redirect("/tasks", "saved")

    return await context.handle_form(
        ChangeForm, save, lambda form, status: _render_task(context, stored, form, status)
    )


@router.post("/{task_id}/done", dependencies=WRITE_DEPENDENCIES)
async def finish(context: UnlockedPageDep, task_id: UUID) -> Response:
    """Complete a task."""

    def finish_task(form: VersionForm) -> Response:
        TaskService(context.unlocked).finish(task_id, form.version)
        return context.redirect("/tasks", "done")

    TaskService(context.unlocked).get(task_id)
    return await context.handle_form(
        VersionForm, finish_task, lambda form, status: _render_list(context, form, status)
    )


@router.post("/{task_id}/reopen", dependencies=WRITE_DEPENDENCIES)
async def reopen(context: UnlockedPageDep, task_id: UUID) -> Response:
    """Reopen a task."""

    def reopen_task(form: VersionForm) -> Response:
        TaskService(context.unlocked).reopen(task_id, form.version)
        return context.redirect("/tasks", "saved")

    TaskService(context.unlocked).get(task_id)
    return await context.handle_form(
        VersionForm, reopen_task, lambda form, status: _render_list(context, form, status)
    )


@router.post("/{task_id}/remove", dependencies=WRITE_DEPENDENCIES)
async def remove(context: UnlockedPageDep, task_id: UUID) -> Response:
    """Delete a task."""
    TaskService(context.unlocked).delete(task_id)
    return context.redirect("/tasks", "removed")


def _render_task(
    context: UnlockedPageContext, stored: StoredTask, form: Form, status: int = 200
) -> Response:
    return context.render(
        "task.html",
        status,
        heading=_("Task"),
        form=form,
        here=f"{context.path}/tasks/{stored.id}",
        version=form.value("version") or str(stored.version),
    )


def _render_list(
    context: UnlockedPageContext, form: Form | FormErrors, status: int = 200
) -> Response:
    query_params = context.request.query_params
    state = parse_enum(TaskState, query_params.get("state")) or TaskState.OPEN
    tasks, time_zone = TaskService(context.unlocked), time_zone_of(context.unlocked)
    return render_record_list(
        context,
        "tasks.html",
        "/tasks",
        filters={"state": state},
        load_page=lambda cursor: tasks.list(TaskFilter(state=state), cursor, PER_PAGE),
        view=lambda page: {
            "heading": _("Tasks"),
            "form": form,
            "state": state.value,
            "open_data_requests": DataRequestCaseService(context.unlocked).count_open(),
            "rows": [task_row(context, one, time_zone, page.names) for one in page.items],
        },
        status=status,
    )


def task_row(
    context: UnlockedPageContext, stored: StoredTask, time_zone: str, names: dict[UUID, str]
) -> dict[str, Any]:
    """Return the list row of a task."""
    due = stored.task.due_at
    return {
        "id": stored.id,
        "title": stored.task.title,
        "notes": stored.task.notes,
        "due": format_date(due, time_zone) if due else "",
        "overdue": stored.is_overdue(context.unlocked.now()),
        "done": bool(stored.done_at),
        "version": stored.version,
        "client": stored.client_id,
        "name": names.get(stored.client_id, "") if stored.client_id else "",
    }
