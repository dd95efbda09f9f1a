"""Table `crm.inbox`: messages to a workspace, encrypted to its provider."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

MAX_ATTEMPTS = 5
"""A message that failed so often is skipped."""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """Message in an inbox."""

    id: UUID
    kind: str
    sealed: bytes


class InboxRepository:
    """Inbox of one provider."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def add(self, row_id: UUID, kind: str, sealed: bytes, moment: datetime) -> None:
        """Insert a message; do nothing if the id exists."""
        self._work.execute(
            """
            INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING
            """,
            (row_id, self._provider_id, kind, sealed, moment),
        )

    def has_pending(self) -> bool:
        """Tell whether a message is pending."""
        row = self._work.execute(
            "SELECT EXISTS (SELECT FROM crm.inbox WHERE provider_id = %s AND attempts < %s) AS any",
            (self._provider_id, MAX_ATTEMPTS),
        ).fetchone()
        return bool(row and row["any"])

    def lock(self) -> bool:
        """Lock the inbox until the transaction ends; return False if another transaction drains it."""
        row = self._work.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('crm.inbox ' || %s, 0)) AS alone",
            (str(self._provider_id),),
        ).fetchone()
        return bool(row and row["alone"])

    def next_batch(self, limit: int) -> list[InboxMessage]:
        """Return at most `limit` messages that no other transaction has locked, the oldest first."""
        rows = self._work.execute(
            """
            SELECT id, kind, sealed FROM crm.inbox WHERE provider_id = %s AND attempts < %s
            ORDER BY received_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            (self._provider_id, MAX_ATTEMPTS, limit),
        ).fetchall()
        return [InboxMessage(row["id"], row["kind"], bytes(row["sealed"])) for row in rows]

    def delete(self, row_id: UUID) -> None:
        """Delete a message that was applied."""
        self._work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND id = %s", (self._provider_id, row_id)
        )

    def record_failure(self, row_id: UUID) -> None:
        """Count a failed attempt."""
        self._work.execute(
            "UPDATE crm.inbox SET attempts = attempts + 1 WHERE provider_id = %s AND id = %s",
            (self._provider_id, row_id),
        )

    def retry_failed(self) -> int:
        """Reset the attempts of failed messages; return their number."""
        return self._work.execute(
            "UPDATE crm.inbox SET attempts = 0 WHERE provider_id = %s AND attempts >= %s",
            (self._provider_id, MAX_ATTEMPTS),
        ).rowcount

    def delete_failed(self) -> int:
        """Delete the failed messages; return their number."""
        return self._work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND attempts >= %s",
            (self._provider_id, MAX_ATTEMPTS),
        ).rowcount

    def counts(self) -> tuple[int, int]:
        """Return the number of pending and of failed messages."""
        row = self._work.execute(
            """
            SELECT count(*) FILTER (WHERE attempts < %(tries)s) AS waiting,
                count(*) FILTER (WHERE attempts >= %(tries)s) AS failed
            FROM crm.inbox WHERE provider_id = %(provider_id)s
            """,
            {"tries": MAX_ATTEMPTS, "provider_id": self._provider_id},
        ).fetchone()
        return (row["waiting"], row["failed"]) if row else (0, 0)
