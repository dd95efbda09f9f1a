"""JSON schemas of tasks."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from crm.domain.tasks import StoredTask, Task, TaskState
from crm.repository.tasks import TaskFilter
from crm.schemas.fields import Cursor, Limit, Line, OwnId, Text, Version
from crm.service.tasks import TaskPage
from kit.datetime_fields import Moment
from kit.http import Request, Response


class TaskBody(Request):
    """Content of a task, in a request."""

    title: Line
    notes: Text = ""
    due_at: Moment | None = None

    def to_task(self) -> Task:
        """Return the task of the domain."""
        return Task(title=self.title, notes=self.notes, due_at=self.due_at)


class CreateTask(TaskBody):
    """Request to add a task, with or without a client."""

    client_id: UUID | None = None
    id: OwnId = None


class UpdateTask(TaskBody):
    """Request to update a task."""

    version: Version


class TasksQuery(Request):
    """Query parameters of the task list."""

    state: TaskState = TaskState.OPEN
    client_id: UUID | None = None
    since: Moment | None = Field(None, description="Due from this moment on.")
    until: Moment | None = Field(None, description="Due before this moment.")
    cursor: Cursor | None = None
    limit: Limit = 50

    def to_filter(self) -> TaskFilter:
        """Return the task filter."""
        return TaskFilter(
            state=self.state, client_id=self.client_id, since=self.since, until=self.until
        )


class TaskView(Response):
    """Task, open or completed."""

    id: UUID
    client_id: UUID | None
    client_name: str | None
    title: str
    notes: str
    due_at: datetime | None
    done_at: datetime | None
    overdue: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def from_domain(
        cls, stored: StoredTask, now: datetime, client_name: str | None = None
    ) -> "TaskView":
        """Return the view of a task."""
        return cls(
            id=stored.id,
            client_id=stored.client_id,
            client_name=client_name,
            title=stored.task.title,
            notes=stored.task.notes,
            due_at=stored.task.due_at,
            done_at=stored.done_at,
            overdue=stored.is_overdue(now),
            version=stored.version,
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class TasksView(Response):
    """Page of tasks: open ones by due time, completed ones the latest first."""

    items: list[TaskView]
    next_cursor: str | None

    @classmethod
    def from_domain(cls, page: TaskPage, now: datetime) -> "TasksView":
        """Return the view of a page."""
        names = page.names
        return cls(
            items=[
                TaskView.from_domain(one, now, names.get(one.client_id) if one.client_id else None)
                for one in page.items
            ],
            next_cursor=page.next_cursor,
        )
