"""Emptying a book that goes on: all that is about clients, but for those under a legal hold."""

from datetime import datetime
from uuid import UUID

from psycopg.sql import SQL, Identifier

from kit.db import UnitOfWork

_HELD = """
EXISTS (SELECT FROM crm.legal_holds h WHERE h.provider_id = c.provider_id AND h.client_id = c.id
    AND h.released_at IS NULL)
"""


class WorkspaceClearing:
    """One open book."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def lock(self) -> None:
        """Let nobody place or lift a hold until the end of the transaction."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._provider_id,),
        )

    def is_held(self) -> bool:
        """Tell whether the book as such is under a hold."""
        row = self._work.execute(
            "SELECT FROM crm.legal_holds WHERE provider_id = %s AND client_id IS NULL"
            " AND released_at IS NULL LIMIT 1",
            (self._provider_id,),
        ).fetchone()
        return row is not None

    def clear(self, moment: datetime) -> dict[str, int]:
        """Delete what may go, ask for its keys to go as well, and return how much it was."""
        counts = {
            table: self._count(table)
            for table in ("visits", "screenings", "client_references", "communications")
        }
        counts["clients"] = self._clients(moment)
        for table in counts.keys() - {"clients"}:
            counts[table] -= self._count(table)
        for table, statement in _OWN.items():
            counts[table] = self._work.execute(statement, (self._provider_id,)).rowcount
        self._work.execute(
            "DELETE FROM crm.tags g WHERE provider_id = %s AND NOT EXISTS (SELECT FROM"
            " crm.client_search_tokens t WHERE t.provider_id = g.provider_id AND t.kind = 'tag'"
            " AND t.token = g.token)",
            (self._provider_id,),
        )
        return counts

    def left(self) -> int:
        """Return how many clients had to stay."""
        return self._count("clients")

    def _clients(self, moment: datetime) -> int:
        return self._work.execute(
            f"""
            WITH gone AS (DELETE FROM crm.clients c WHERE provider_id = %s AND NOT {_HELD} RETURNING id)
            INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) SELECT %s, id, %s FROM gone
            ON CONFLICT (provider_id, client_id) DO UPDATE SET asked_at = excluded.asked_at
            """,  # noqa: S608 - a condition of ours
            (self._provider_id, self._provider_id, moment),
        ).rowcount

    def _count(self, table: str) -> int:
        row = self._work.execute(_COUNTS[table], (self._provider_id,)).fetchone()
        return int(row["found"]) if row else 0


_COUNTS = {
    "clients": "SELECT count(*) AS found FROM crm.clients WHERE provider_id = %s",
    "visits": "SELECT count(*) AS found FROM crm.visits WHERE provider_id = %s",
    "screenings": "SELECT count(*) AS found FROM crm.screenings WHERE provider_id = %s",
    "client_references": "SELECT count(*) AS found FROM crm.client_references WHERE provider_id = %s",
    "communications": "SELECT count(*) AS found FROM crm.communications WHERE provider_id = %s",
}
# What is about nobody, or waits.
_OWN = {
    "tasks": "DELETE FROM crm.tasks WHERE provider_id = %s AND client_id IS NULL",
    # Where somebody stays, it may be about them.
    "inbox": "DELETE FROM crm.inbox i WHERE provider_id = %s AND NOT EXISTS (SELECT FROM crm.clients c"
    " WHERE c.provider_id = i.provider_id)",
    "imports": "DELETE FROM crm.imports WHERE provider_id = %s",
    "campaign_emails": "DELETE FROM crm.campaign_emails WHERE provider_id = %s",
    "data_request_cases": "DELETE FROM crm.data_request_cases WHERE provider_id = %s",
}


# What is about clients goes with them. A test compares both with the schema.
DELETED_TABLES = (
    "clients",
    "tasks",
    "inbox",
    "legal_holds",
    "tags",
    "pending_key_deletions",
    "imports",
    "campaign_emails",
    "campaigns",
    "campaign_recipients",
    "data_request_cases",
)
# Numbers and rules, and what is no book's.
RETAINED_TABLES = (
    "workspaces",
    "audit_log",
    "retention_rules",
    "erasure_receipts",
    "data_requests",
    "withdrawn_consents",
)


class WorkspaceDeletion:
    """One book, opened or not."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def is_held(self) -> bool:
        """Tell whether anything in the book is under a legal hold. Ask while holding the book's row."""
        row = self._work.execute(
            "SELECT FROM crm.legal_holds WHERE provider_id = %s AND released_at IS NULL LIMIT 1",
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

    def delete(self) -> None:
        """Delete every row; what happened to the book stays."""
        for name in DELETED_TABLES:
            self._work.execute(
                SQL("DELETE FROM {} WHERE provider_id = %s").format(Identifier("crm", name)),
                (self._provider_id,),
            )
