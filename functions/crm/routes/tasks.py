"""What is to be done."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, Slug, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.fields import VersionBody
from crm.schemas.tasks import (
    CreateTask,
    TasksQuery,
    TasksView,
    TaskView,
    UpdateTask,
)
from crm.service.tasks import TaskList
from kit.http import API

router = book_router("/tasks")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_tasks(query: Annotated[TasksQuery, Query()], desk: AtDesk) -> TasksView:
    """Return open tasks, overdue ones first and those without a date last; or done ones, the latest first."""
    page = TaskList(desk).page(query.to_wanted(), query.cursor, query.limit)
    return TasksView.of(page, desk.now())


@router.post("", status_code=201, dependencies=_WRITES)
async def create_task(body: CreateTask, slug: Slug, desk: AtDesk, response: Response) -> TaskView:
    """Keep something to be done."""
    kept = TaskList(desk).add(body.client_id, body.to_task(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/tasks/{kept.id}"
    return TaskView.seen(kept, desk.now())


@router.get("/{task_id}")
async def read_task(task_id: UUID, desk: AtDesk) -> TaskView:
    """Return one of them."""
    return TaskView.seen(TaskList(desk).one(task_id), desk.now())


@router.put("/{task_id}", dependencies=_WRITES)
async def update_task(task_id: UUID, body: UpdateTask, desk: AtDesk) -> TaskView:
    """Change one; 412 `changed-meanwhile` where `version` is not the latest."""
    kept = TaskList(desk).replace(task_id, body.version, body.to_task())
    return TaskView.seen(kept, desk.now())


@router.post("/{task_id}/done", dependencies=_WRITES)
async def finish_task(task_id: UUID, body: VersionBody, desk: AtDesk) -> TaskView:
    """Mark one as done."""
    return TaskView.seen(TaskList(desk).finish(task_id, body.version), desk.now())


@router.post("/{task_id}/reopen", dependencies=_WRITES)
async def reopen_task(task_id: UUID, body: VersionBody, desk: AtDesk) -> TaskView:
    """Mark one as not done after all."""
    return TaskView.seen(TaskList(desk).reopen(task_id, body.version), desk.now())


@router.delete("/{task_id}", status_code=204, dependencies=_WRITES)
async def delete_task(task_id: UUID, desk: AtDesk) -> None:
    """Take one away."""
    TaskList(desk).remove(task_id)
