"""The table `crm.tasks`: with a client it is sealed under their key, without one it is the provider's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from crm.domain.tasks import KeptTask, Task, TaskState
from crm.repository.clients import Clients
from crm.repository.decryption import DOES_NOT_OPEN, opened_in_list
from crm.repository.encrypted_records import changed_meanwhile, id_is_taken
from crm.vault import OpenVault, Place
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.ids import new_id

TABLE = "tasks"
_COLUMNS = SQL("id, client_id, doc, due_at, done_at, version, created_at, updated_at")
_ORDERS = {
    TaskState.OPEN: SQL("due_at NULLS LAST, id"),
    TaskState.DONE: SQL("done_at DESC, id DESC"),
}


@dataclass(frozen=True, slots=True)
class WantedTasks:
    """Which of them, and after which one. An open task may be due at no time: those come last."""

    state: TaskState = TaskState.OPEN
    client_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime | None, UUID] | None = None


class Tasks:
    """What one provider wants to be reminded of."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self, client_id: UUID | None, task: Task, moment: datetime, *, task_id: UUID | None = None
    ) -> KeptTask:
        """Keep a new one, or return what is there under `task_id`; raise `NotFound` where there is no such client."""
        task_id = task_id or new_id()
        sealed, generation = self._seal(task_id, client_id, task)
        kept = self._work.execute(
            """
            INSERT INTO crm.tasks (id, provider_id, client_id, key_generation, due_at, doc,
                created_at, updated_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            (
                task_id, self._vault.tenant, client_id, generation, task.due_at, sealed,
                moment, moment,
            ),
        )  # fmt: skip
        if kept.rowcount == 0:
            # Sent twice. About somebody else it is no repetition.
            there = self.one(task_id)
            if there.client_id != client_id:
                raise id_is_taken()
            return there
        return KeptTask(
            id=task_id,
            client_id=client_id,
            task=task,
            done_at=None,
            version=1,
            created_at=moment,
            updated_at=moment,
        )

    def one(self, task_id: UUID) -> KeptTask:
        """Return one; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT {} FROM crm.tasks WHERE provider_id = %s AND id = %s").format(_COLUMNS),
            (self._vault.tenant, task_id),
        ).fetchone()
        if row is None:
            raise no_such_task()
        return self._opened(row)

    def replace(
        self, task_id: UUID, version: int, task: Task, done_at: datetime | None, moment: datetime
    ) -> KeptTask:
        """Change one that is at `version`; raise `NotFound`, or `PreconditionFailed` where it is not."""
        before = self.one(task_id)
        sealed, generation = self._seal(task_id, before.client_id, task)
        row = self._work.execute(
            """
            UPDATE crm.tasks SET doc = %s, key_generation = %s, due_at = %s, done_at = %s,
                updated_at = %s, version = version + 1
            WHERE provider_id = %s AND id = %s AND version = %s
                AND client_id IS NOT DISTINCT FROM %s
            RETURNING version
            """,
            (
                sealed, generation, task.due_at, done_at, moment, self._vault.tenant, task_id,
                version, before.client_id,
            ),
        ).fetchone()  # fmt: skip
        if row is None:
            raise changed_meanwhile()
        return KeptTask(
            id=task_id,
            client_id=before.client_id,
            task=task,
            done_at=done_at,
            version=row["version"],
            created_at=before.created_at,
            updated_at=moment,
        )

    def client_of(self, task_id: UUID) -> UUID | None:
        """Return whom one is about, if anybody, without opening it; raise `NotFound`."""
        row = self._work.execute(
            "SELECT client_id FROM crm.tasks WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, task_id),
        ).fetchone()
        if row is None:
            raise no_such_task()
        client_id: UUID | None = row["client_id"]
        return client_id

    def remove(self, task_id: UUID) -> None:
        """Take one away; raise `NotFound` where there is none."""
        gone = self._work.execute(
            "DELETE FROM crm.tasks WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, task_id),
        )
        if gone.rowcount == 0:
            raise no_such_task()

    def some(self, wanted: WantedTasks, limit: int) -> list[KeptTask]:
        """Return at most `limit`: open ones by when they are due, done ones the latest first."""
        conditions, values = _conditions(wanted)
        rows = self._work.execute(
            SQL("SELECT {} FROM crm.tasks WHERE {} ORDER BY {} LIMIT %(limit)s").format(
                _COLUMNS, SQL(" AND ").join(conditions), _ORDERS[wanted.state]
            ),
            values | {"provider_id": self._vault.tenant, "limit": limit},
        ).fetchall()
        self._vault.load([row["client_id"] for row in rows if row["client_id"]])
        return [self._shown(row) for row in rows]

    def _seal(self, task_id: UUID, client_id: UUID | None, task: Task) -> tuple[bytes, int]:
        clients = Clients(self._work, self._vault)
        generation = clients.hold(client_id) if client_id else self._vault.generation
        place = Place(TABLE, task_id, client_id)
        return self._vault.seal(place, task.document(), generation), generation

    def _opened(self, row: Mapping[str, Any]) -> KeptTask:
        return _task(row, self._vault.open(_place(row), bytes(row["doc"])))

    def _shown(self, row: Mapping[str, Any]) -> KeptTask:
        document = opened_in_list(self._work, self._vault, _place(row), bytes(row["doc"]))
        return _task(row, document or {"title": DOES_NOT_OPEN})


def _place(row: Mapping[str, Any]) -> Place:
    return Place(TABLE, row["id"], row["client_id"])


def _task(row: Mapping[str, Any], document: Mapping[str, Any]) -> KeptTask:
    return KeptTask(
        id=row["id"],
        client_id=row["client_id"],
        task=Task.of(row["due_at"], document),
        done_at=row["done_at"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def no_such_task() -> NotFound:
    """Return the answer about a task that is not in this book."""
    return NotFound("no-such-task", "There is no such task in your book.")


def _conditions(wanted: WantedTasks) -> tuple[list[Composable], dict[str, Any]]:
    is_open = wanted.state is TaskState.OPEN
    found: list[Composable] = [
        SQL("provider_id = %(provider_id)s"),
        SQL("done_at IS NULL" if is_open else "done_at IS NOT NULL"),
    ]
    values: dict[str, Any] = {}
    for name, condition in (
        ("client_id", "client_id = %(client_id)s"),
        ("since", "due_at >= %(since)s"),
        ("until", "due_at < %(until)s"),
    ):
        if (value := getattr(wanted, name)) is not None:
            found.append(SQL(condition))
            values[name] = value
    if wanted.after is not None:
        values["moment"], values["last"] = wanted.after
        if not is_open:
            found.append(SQL("(done_at, id) < (%(moment)s, %(last)s)"))
        elif values["moment"] is None:
            found.append(SQL("due_at IS NULL AND id > %(last)s"))
        else:
            found.append(SQL("((due_at, id) > (%(moment)s, %(last)s) OR due_at IS NULL)"))
    return found, values
