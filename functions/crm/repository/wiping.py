"""Emptying a whole book: every table but its own row and what happened to it."""

from uuid import UUID

from psycopg.sql import SQL, Identifier

from kit.db import UnitOfWork

# What is about clients goes with them. A test compares both with the schema.
EMPTIED = (
    "clients",
    "tasks",
    "inbox",
    "holds",
    "tags",
    "shreds",
    "imports",
    "letters",
    "announcements",
    "addressees",
    "subject_cases",
)
# Numbers and rules, and what is no book's.
KEPT = ("providers", "audit_log", "retention", "erasures", "subject_requests", "ended_wishes")


class Wiping:
    """One book, opened or not."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def is_held(self) -> bool:
        """Tell whether anything in the book is under a legal hold. Ask while holding the book's row."""
        row = self._work.execute(
            "SELECT FROM crm.holds WHERE provider_id = %s AND released_at IS NULL LIMIT 1",
            (self._provider_id,),
        ).fetchone()
        return row is not None

    def clients(self) -> int:
        """Return how many clients are in it."""
        row = self._work.execute(
            "SELECT count(*) AS number FROM crm.clients WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return int(row["number"]) if row else 0

    def empty(self) -> None:
        """Delete every row; what happened to the book stays."""
        for name in EMPTIED:
            self._work.execute(
                SQL("DELETE FROM {} WHERE provider_id = %s").format(Identifier("crm", name)),
                (self._provider_id,),
            )
