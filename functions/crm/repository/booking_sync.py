"""The table `crm.inbox`: what waits to be written into a book, sealed to its owner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

MAX_ATTEMPTS = 5
"""What did not open so often is left aside."""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """Something that waits."""

    id: UUID
    kind: str
    sealed: bytes


class InboxRepository:
    """What waits for one provider."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def add(self, row_id: UUID, kind: str, sealed: bytes, moment: datetime) -> None:
        """Put something in; the same again is harmless."""
        self._work.execute(
            """
            INSERT INTO crm.inbox (id, provider_id, kind, sealed, received_at)
            VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING
            """,
            (row_id, self._provider_id, kind, sealed, moment),
        )

    def has_pending(self) -> bool:
        """Tell whether anything waits that can be tried."""
        row = self._work.execute(
            "SELECT EXISTS (SELECT FROM crm.inbox WHERE provider_id = %s AND attempts < %s) AS any",
            (self._provider_id, MAX_ATTEMPTS),
        ).fetchone()
        return bool(row and row["any"])

    def lock(self) -> bool:
        """Be the only one who empties it until the end of the transaction; False where somebody is at it."""
        row = self._work.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('crm.inbox ' || %s, 0)) AS alone",
            (str(self._provider_id),),
        ).fetchone()
        return bool(row and row["alone"])

    def next_batch(self, limit: int) -> list[InboxMessage]:
        """Take at most `limit`, the oldest first, which nobody else has in hand."""
        rows = self._work.execute(
            """
            SELECT id, kind, sealed FROM crm.inbox WHERE provider_id = %s AND attempts < %s
            ORDER BY received_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            (self._provider_id, MAX_ATTEMPTS, limit),
        ).fetchall()
        return [InboxMessage(row["id"], row["kind"], bytes(row["sealed"])) for row in rows]

    def delete(self, row_id: UUID) -> None:
        """Take out what was written into the book."""
        self._work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND id = %s", (self._provider_id, row_id)
        )

    def record_failure(self, row_id: UUID) -> None:
        """Count one more try that came to nothing."""
        self._work.execute(
            "UPDATE crm.inbox SET attempts = attempts + 1 WHERE provider_id = %s AND id = %s",
            (self._provider_id, row_id),
        )

    def retry_failed(self) -> int:
        """Have another look at what was left aside; return how much it is."""
        return self._work.execute(
            "UPDATE crm.inbox SET attempts = 0 WHERE provider_id = %s AND attempts >= %s",
            (self._provider_id, MAX_ATTEMPTS),
        ).rowcount

    def delete_failed(self) -> int:
        """Throw away what was left aside; return how much it was."""
        return self._work.execute(
            "DELETE FROM crm.inbox WHERE provider_id = %s AND attempts >= %s",
            (self._provider_id, MAX_ATTEMPTS),
        ).rowcount

    def counts(self) -> tuple[int, int]:
        """Return how many wait, and how many were left aside."""
        row = self._work.execute(
            """
            SELECT count(*) FILTER (WHERE attempts < %(tries)s) AS waiting,
                count(*) FILTER (WHERE attempts >= %(tries)s) AS failed
            FROM crm.inbox WHERE provider_id = %(provider_id)s
            """,
            {"tries": MAX_ATTEMPTS, "provider_id": self._provider_id},
        ).fetchone()
        return (row["waiting"], row["failed"]) if row else (0, 0)
