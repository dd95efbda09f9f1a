"""Table `crm.tasks`: with a client, encrypted with the client's key; without one, with the provider's key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from crm.domain.tasks import StoredTask, Task, TaskState
from crm.repository.clients import ClientRepository
from crm.repository.decryption import UNREADABLE_LABEL, decrypt_or_none
from crm.repository.encrypted_records import record_id_taken, version_conflict
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.ids import new_id

TABLE = "tasks"
_COLUMNS = SQL("id, client_id, encrypted_payload, due_at, done_at, version, created_at, updated_at")
_ORDERS = {
    TaskState.OPEN: SQL("due_at NULLS LAST, id"),
    TaskState.DONE: SQL("done_at DESC, id DESC"),
}


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Filter of a task list, and the task after which the page starts. Open tasks without a due time come last."""

    state: TaskState = TaskState.OPEN
    client_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime | None, UUID] | None = None


class TaskRepository:
    """Tasks of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self, client_id: UUID | None, task: Task, moment: datetime, *, task_id: UUID | None = None
    ) -> StoredTask:
        """Insert a task, or return the existing one of `task_id`; raise `NotFound` if the client does not exist."""
        task_id = task_id or new_id()
        sealed, generation = self._seal(task_id, client_id, task)
        stored = self._work.execute(
            """
            INSERT INTO crm.tasks (id, provider_id, client_id, key_version, due_at, encrypted_payload,
                created_at, updated_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            (
                task_id, self._vault.tenant, client_id, generation, task.due_at, sealed,
                moment, moment,
            ),
        )  # fmt: skip
        if stored.rowcount == 0:
            # The same request sent twice returns the same task; for another client the id is taken.
            there = self.get(task_id)
            if there.client_id != client_id:
                raise record_id_taken()
            return there
        return StoredTask(
            id=task_id,
            client_id=client_id,
            task=task,
            done_at=None,
            version=1,
            created_at=moment,
            updated_at=moment,
        )

    def get(self, task_id: UUID) -> StoredTask:
        """Return a task; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT {} FROM crm.tasks WHERE provider_id = %s AND id = %s").format(_COLUMNS),
            (self._vault.tenant, task_id),
        ).fetchone()
        if row is None:
            raise task_not_found()
        return self._decrypted_task(row)

    def update(
        self, task_id: UUID, version: int, task: Task, done_at: datetime | None, moment: datetime
    ) -> StoredTask:
        """Update a task that is at `version`; raise `NotFound`, or `PreconditionFailed` for another version."""
        before = self.get(task_id)
        sealed, generation = self._seal(task_id, before.client_id, task)
        row = self._work.execute(
            """
            UPDATE crm.tasks SET encrypted_payload = %s, key_version = %s, due_at = %s, done_at = %s,
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
            raise version_conflict()
        return StoredTask(
            id=task_id,
            client_id=before.client_id,
            task=task,
            done_at=done_at,
            version=row["version"],
            created_at=before.created_at,
            updated_at=moment,
        )

    def client_of(self, task_id: UUID) -> UUID | None:
        """Return the client id of a task, if any, without decrypting it; raise `NotFound`."""
        row = self._work.execute(
            "SELECT client_id FROM crm.tasks WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, task_id),
        ).fetchone()
        if row is None:
            raise task_not_found()
        client_id: UUID | None = row["client_id"]
        return client_id

    def delete(self, task_id: UUID) -> None:
        """Delete a task; raise `NotFound`."""
        gone = self._work.execute(
            "DELETE FROM crm.tasks WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, task_id),
        )
        if gone.rowcount == 0:
            raise task_not_found()

    def list(self, task_filter: TaskFilter, limit: int) -> list[StoredTask]:
        """Return at most `limit` tasks: open ones by due time, completed ones the latest first."""
        conditions, values = _conditions(task_filter)
        rows = self._work.execute(
            SQL("SELECT {} FROM crm.tasks WHERE {} ORDER BY {} LIMIT %(limit)s").format(
                _COLUMNS, SQL(" AND ").join(conditions), _ORDERS[task_filter.state]
            ),
            values | {"provider_id": self._vault.tenant, "limit": limit},
        ).fetchall()
        self._vault.load([row["client_id"] for row in rows if row["client_id"]])
        return [self._task_or_placeholder(row) for row in rows]

    def _seal(self, task_id: UUID, client_id: UUID | None, task: Task) -> tuple[bytes, int]:
        clients = ClientRepository(self._work, self._vault)
        generation = clients.lock(client_id) if client_id else self._vault.generation
        ref = DocumentRef(TABLE, task_id, client_id)
        return self._vault.seal(ref, task.encrypted_payload(), generation), generation

    def _decrypted_task(self, row: Mapping[str, Any]) -> StoredTask:
        return _task(row, self._vault.open(_document_ref(row), bytes(row["encrypted_payload"])))

    def _task_or_placeholder(self, row: Mapping[str, Any]) -> StoredTask:
        document = decrypt_or_none(
            self._work, self._vault, _document_ref(row), bytes(row["encrypted_payload"])
        )
        return _task(row, document or {"title": _(UNREADABLE_LABEL)})


def _document_ref(row: Mapping[str, Any]) -> DocumentRef:
    return DocumentRef(TABLE, row["id"], row["client_id"])


def _task(row: Mapping[str, Any], document: Mapping[str, Any]) -> StoredTask:
    return StoredTask(
        id=row["id"],
        client_id=row["client_id"],
        task=Task.from_columns(row["due_at"], document),
        done_at=row["done_at"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def task_not_found() -> NotFound:
    """Return the error for a task that is not in this workspace."""
    return NotFound("no-such-task", _("There is no such task in your client book."))


def _conditions(task_filter: TaskFilter) -> tuple[list[Composable], dict[str, Any]]:
    is_open = task_filter.state is TaskState.OPEN
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
        if (value := getattr(task_filter, name)) is not None:
            found.append(SQL(condition))
            values[name] = value
    if task_filter.after is not None:
        values["moment"], values["last"] = task_filter.after
        if not is_open:
            found.append(SQL("(done_at, id) < (%(moment)s, %(last)s)"))
        elif values["moment"] is None:
            found.append(SQL("due_at IS NULL AND id > %(last)s"))
        else:
            found.append(SQL("((due_at, id) > (%(moment)s, %(last)s) OR due_at IS NULL)"))
    return found, values
