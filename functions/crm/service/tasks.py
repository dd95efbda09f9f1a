"""What is to be done, and when."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from crm.domain.tasks import StoredTask, Task, TaskState
from crm.repository.clients import ClientRepository
from crm.repository.tasks import TaskFilter, TaskRepository
from crm.service.legal_holds import require_kept, require_no_hold
from crm.service.records import decode_record_cursor, encode_record_cursor
from crm.service.unlocked_context import UnlockedContext

PAGE = 50
# Where a task that is due at no time stands in a list.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some of the tasks, what their clients are called, and where the next ones begin."""

    items: list[StoredTask]
    names: dict[UUID, str]
    next_cursor: str | None


class TaskService:
    """The tasks of one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._tasks = TaskRepository(context.work, context.vault)

    def add(self, client_id: UUID | None, task: Task, task_id: UUID | None = None) -> StoredTask:
        """Keep a new one; sent twice under one id, it is there once."""
        return self._tasks.add(client_id, task, self._context.now(), task_id=task_id)

    def get(self, task_id: UUID) -> StoredTask:
        """Return one; raise `NotFound`."""
        return self._tasks.get(task_id)

    def update(self, task_id: UUID, version: int, task: Task) -> StoredTask:
        """Change one that was read at `version`; whether it is done stays."""
        before = self._tasks.get(task_id)
        if before.client_id is not None:
            require_kept(
                self._context,
                before.client_id,
                before.task.encrypted_payload(),
                task.encrypted_payload(),
            )
        return self._tasks.update(task_id, version, task, before.done_at, self._context.now())

    def finish(self, task_id: UUID, version: int) -> StoredTask:
        """Mark one as done; again changes nothing."""
        before = self._tasks.get(task_id)
        if before.done_at is not None:
            return before
        now = self._context.now()
        return self._tasks.update(task_id, version, before.task, now, now)

    def reopen(self, task_id: UUID, version: int) -> StoredTask:
        """Mark one as not done after all; again changes nothing."""
        before = self._tasks.get(task_id)
        if before.done_at is None:
            return before
        return self._tasks.update(task_id, version, before.task, None, self._context.now())

    def delete(self, task_id: UUID) -> None:
        """Take one away; raise `NotFound`, or `InvalidState` where whom it is about is under a legal hold."""
        client_id = self._tasks.client_of(task_id)
        if client_id is not None:
            require_no_hold(self._context, client_id)
        self._tasks.delete(task_id)

    def list(self, wanted: TaskFilter, cursor: str | None = None, limit: int = PAGE) -> TaskPage:
        """Return some of them: open ones by when they are due, overdue first; done ones the latest first."""
        if cursor is not None:
            wanted = replace(wanted, after=_after(cursor))
        found = self._tasks.list(wanted, limit + 1)
        items = found[:limit]
        clients = ClientRepository(self._context.work, self._context.vault)
        names = clients.names({one.client_id for one in items if one.client_id})
        if len(found) <= limit:
            return TaskPage(items, names, None)
        last = items[-1]
        moment = last.task.due_at if wanted.state is TaskState.OPEN else last.done_at
        return TaskPage(items, names, encode_record_cursor(moment or NEVER, last.id))


def _after(cursor: str) -> tuple[datetime | None, UUID]:
    moment, last = decode_record_cursor(cursor)
    return None if moment == NEVER else moment, last
