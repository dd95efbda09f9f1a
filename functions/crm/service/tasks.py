"""Tasks and their due times."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from crm.domain.tasks import StoredTask, Task, TaskState
from crm.repository.clients import ClientRepository
from crm.repository.tasks import TaskFilter, TaskRepository
from crm.service.legal_holds import require_no_hold, require_no_loss_under_hold
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.unlocked_context import UnlockedContext

PAGE = 50
# Sort position of a task without a due time.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Page of tasks, with the names of their clients and the cursor of the next page."""

    items: list[StoredTask]
    names: dict[UUID, str]
    next_cursor: str | None


class TaskService:
    """Tasks of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._tasks = TaskRepository(context.work, context.vault)

    def add(self, client_id: UUID | None, task: Task, task_id: UUID | None = None) -> StoredTask:
        """Add a task; the same id sent twice adds one task."""
        return self._tasks.add(client_id, task, self._context.now(), task_id=task_id)

    def get(self, task_id: UUID) -> StoredTask:
        """Return a task; raise `NotFound`."""
        return self._tasks.get(task_id)

    def update(self, task_id: UUID, version: int, task: Task) -> StoredTask:
        """Update a task that is at `version`; the state is kept."""
        before = self._tasks.get(task_id)
        if before.client_id is not None:
            require_no_loss_under_hold(
                self._context,
                before.client_id,
                before.task.encrypted_payload(),
                task.encrypted_payload(),
            )
        return self._tasks.update(task_id, version, task, before.done_at, self._context.now())

    def finish(self, task_id: UUID, version: int) -> StoredTask:
        """Complete a task. A second call changes nothing."""
        before = self._tasks.get(task_id)
        if before.done_at is not None:
            return before
        now = self._context.now()
        return self._tasks.update(task_id, version, before.task, now, now)

    def reopen(self, task_id: UUID, version: int) -> StoredTask:
        """Reopen a task. A second call changes nothing."""
        before = self._tasks.get(task_id)
        if before.done_at is None:
            return before
        return self._tasks.update(task_id, version, before.task, None, self._context.now())

    def delete(self, task_id: UUID) -> None:
        """Delete a task; raise `NotFound`, or `InvalidState` if its client is under a legal hold."""
        client_id = self._tasks.client_of(task_id)
        if client_id is not None:
            require_no_hold(self._context, client_id)
        self._tasks.delete(task_id)

    def list(
        self, task_filter: TaskFilter, cursor: str | None = None, limit: int = PAGE
    ) -> TaskPage:
        """Return a page of tasks: open ones by due time, overdue first; completed ones the latest first."""
        if cursor is not None:
            task_filter = replace(task_filter, after=_after(cursor))
        found = self._tasks.list(task_filter, limit + 1)
        items = found[:limit]
        clients = ClientRepository(self._context.work, self._context.vault)
        names = clients.names({one.client_id for one in items if one.client_id})
        if len(found) <= limit:
            return TaskPage(items, names, None)
        last = items[-1]
        moment = last.task.due_at if task_filter.state is TaskState.OPEN else last.done_at
        return TaskPage(items, names, encode_record_cursor(moment or NEVER, last.id))


def _after(cursor: str) -> tuple[datetime | None, UUID]:
    moment, last = decode_record_cursor(cursor)
    return None if moment == NEVER else moment, last
