"""What is to be done, and when."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from crm.domain.tasks import KeptTask, Task, TaskState
from crm.repository.clients import Clients
from crm.repository.tasks import Tasks, WantedTasks
from crm.service.legal_holds import require_kept, require_no_hold
from crm.service.records import cursor_at, place_of
from crm.service.unlocked_context import Desk

PAGE = 50
# Where a task that is due at no time stands in a list.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some of the tasks, what their clients are called, and where the next ones begin."""

    items: list[KeptTask]
    names: dict[UUID, str]
    next_cursor: str | None


class TaskList:
    """The tasks of one open book."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks = Tasks(desk.work, desk.vault)

    def add(self, client_id: UUID | None, task: Task, task_id: UUID | None = None) -> KeptTask:
        """Keep a new one; sent twice under one id, it is there once."""
        return self._tasks.add(client_id, task, self._desk.now(), task_id=task_id)

    def one(self, task_id: UUID) -> KeptTask:
        """Return one; raise `NotFound`."""
        return self._tasks.one(task_id)

    def replace(self, task_id: UUID, version: int, task: Task) -> KeptTask:
        """Change one that was read at `version`; whether it is done stays."""
        before = self._tasks.one(task_id)
        if before.client_id is not None:
            require_kept(self._desk, before.client_id, before.task.document(), task.document())
        return self._tasks.replace(task_id, version, task, before.done_at, self._desk.now())

    def finish(self, task_id: UUID, version: int) -> KeptTask:
        """Mark one as done; again changes nothing."""
        before = self._tasks.one(task_id)
        if before.done_at is not None:
            return before
        now = self._desk.now()
        return self._tasks.replace(task_id, version, before.task, now, now)

    def reopen(self, task_id: UUID, version: int) -> KeptTask:
        """Mark one as not done after all; again changes nothing."""
        before = self._tasks.one(task_id)
        if before.done_at is None:
            return before
        return self._tasks.replace(task_id, version, before.task, None, self._desk.now())

    def remove(self, task_id: UUID) -> None:
        """Take one away; raise `NotFound`, or `InvalidState` where whom it is about is under a legal hold."""
        client_id = self._tasks.client_of(task_id)
        if client_id is not None:
            require_no_hold(self._desk, client_id)
        self._tasks.remove(task_id)

    def page(self, wanted: WantedTasks, cursor: str | None = None, limit: int = PAGE) -> TaskPage:
        """Return some of them: open ones by when they are due, overdue first; done ones the latest first."""
        if cursor is not None:
            wanted = replace(wanted, after=_after(cursor))
        found = self._tasks.some(wanted, limit + 1)
        items = found[:limit]
        clients = Clients(self._desk.work, self._desk.vault)
        names = clients.names({one.client_id for one in items if one.client_id})
        if len(found) <= limit:
            return TaskPage(items, names, None)
        last = items[-1]
        moment = last.task.due_at if wanted.state is TaskState.OPEN else last.done_at
        return TaskPage(items, names, cursor_at(moment or NEVER, last.id))


def _after(cursor: str) -> tuple[datetime | None, UUID]:
    moment, last = place_of(cursor)
    return None if moment == NEVER else moment, last
