"""API of tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.fields import VersionBody
from crm.schemas.tasks import (
    CreateTask,
    TasksQuery,
    TasksView,
    TaskView,
    UpdateTask,
)
from crm.service.tasks import TaskService
from kit.http import API

router = crm_router("/tasks")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_tasks(query: Annotated[TasksQuery, Query()], unlocked: UnlockedDep) -> TasksView:
    """Return open tasks, overdue ones first and those without a date last; or completed ones, the latest first."""
    page = TaskService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    return TasksView.from_domain(page, unlocked.now())


@router.post("", status_code=201, dependencies=_WRITES)
async def create_task(
    body: CreateTask, slug: Slug, unlocked: UnlockedDep, response: Response
) -> TaskView:
    """Add a task."""
    stored = TaskService(unlocked).add(body.client_id, body.to_task(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/tasks/{stored.id}"
    return TaskView.from_domain(stored, unlocked.now())


@router.get("/{task_id}")
async def read_task(task_id: UUID, unlocked: UnlockedDep) -> TaskView:
    """Return a task."""
    return TaskView.from_domain(TaskService(unlocked).get(task_id), unlocked.now())


@router.put("/{task_id}", dependencies=_WRITES)
async def update_task(task_id: UUID, body: UpdateTask, unlocked: UnlockedDep) -> TaskView:
    """Update a task; 412 `changed-meanwhile` if `version` is not the latest."""
    stored = TaskService(unlocked).update(task_id, body.version, body.to_task())
    return TaskView.from_domain(stored, unlocked.now())


@router.post("/{task_id}/done", dependencies=_WRITES)
async def finish_task(task_id: UUID, body: VersionBody, unlocked: UnlockedDep) -> TaskView:
    """Complete a task."""
    return TaskView.from_domain(TaskService(unlocked).finish(task_id, body.version), unlocked.now())


@router.post("/{task_id}/reopen", dependencies=_WRITES)
async def reopen_task(task_id: UUID, body: VersionBody, unlocked: UnlockedDep) -> TaskView:
    """Reopen a task."""
    return TaskView.from_domain(TaskService(unlocked).reopen(task_id, body.version), unlocked.now())


@router.delete("/{task_id}", status_code=204, dependencies=_WRITES)
async def delete_task(task_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a task."""
    TaskService(unlocked).delete(task_id)
