"""Deletion of workspace rows: clearing (clients under a legal hold stay) and deletion of everything."""

from datetime import datetime
from uuid import UUID

from psycopg.sql import SQL, Identifier

from kit.db import UnitOfWork

_HELD = """
EXISTS (SELECT FROM crm.legal_holds h WHERE h.provider_id = c.provider_id AND h.client_id = c.id
    AND h.released_at IS NULL)
"""


class WorkspaceClearing:
    """Clearing of an unlocked workspace that goes on existing."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def lock(self) -> None:
        """Block placing and releasing holds until the transaction ends."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._provider_id,),
        )

    def is_held(self) -> bool:
        """Tell whether the workspace as a whole is under a hold."""
        row = self._work.execute(
            "SELECT FROM crm.legal_holds WHERE provider_id = %s AND client_id IS NULL"
            " AND released_at IS NULL LIMIT 1",
            (self._provider_id,),
        ).fetchone()
        return row is not None

    def clear(self, now: datetime) -> dict[str, int]:
        """Delete the clients that may go, request the deletion of their keys, and return row counts."""
        counts = {
            table: self._count(table)
            for table in ("visits", "screenings", "client_references", "communications")
        }
        counts["clients"] = self._delete_clients(now)
        for table in counts.keys() - {"clients"}:
            counts[table] -= self._count(table)
        for table, statement in _DELETE_STATEMENTS.items():
            counts[table] = self._work.execute(statement, (self._provider_id,)).rowcount
        self._work.execute(
            "DELETE FROM crm.tags g WHERE provider_id = %s AND NOT EXISTS (SELECT FROM"
            " crm.client_search_tokens t WHERE t.provider_id = g.provider_id AND t.kind = 'tag'"
            " AND t.blind_index = g.token)",
            (self._provider_id,),
        )
        return counts

    def clients_left(self) -> int:
        """Return how many clients had to stay."""
        return self._count("clients")

    def _delete_clients(self, now: datetime) -> int:
        return self._work.execute(
            f"""
            WITH gone AS (DELETE FROM crm.clients c WHERE provider_id = %s AND NOT {_HELD} RETURNING id)
            INSERT INTO crm.pending_key_deletions (provider_id, client_id, asked_at) SELECT %s, id, %s FROM gone
            ON CONFLICT (provider_id, client_id) DO UPDATE SET asked_at = excluded.asked_at
            """,  # noqa: S608 - a condition of ours
            (self._provider_id, self._provider_id, now),
        ).rowcount

    def _count(self, table: str) -> int:
        row = self._work.execute(_COUNT_STATEMENTS[table], (self._provider_id,)).fetchone()
        return int(row["found"]) if row else 0


_COUNT_STATEMENTS = {
    "clients": "SELECT count(*) AS found FROM crm.clients WHERE provider_id = %s",
    "visits": "SELECT count(*) AS found FROM crm.visits WHERE provider_id = %s",
    "screenings": "SELECT count(*) AS found FROM crm.screenings WHERE provider_id = %s",
    "client_references": "SELECT count(*) AS found FROM crm.client_references WHERE provider_id = %s",
    "communications": "SELECT count(*) AS found FROM crm.communications WHERE provider_id = %s",
}
# Rows without a client, or pending.
_DELETE_STATEMENTS = {
    "tasks": "DELETE FROM crm.tasks WHERE provider_id = %s AND client_id IS NULL",
    # If a client stays, an inbox message may be about that client.
    "inbox": "DELETE FROM crm.inbox i WHERE provider_id = %s AND NOT EXISTS (SELECT FROM crm.clients c"
    " WHERE c.provider_id = i.provider_id)",
    "imports": "DELETE FROM crm.imports WHERE provider_id = %s",
    "campaign_emails": "DELETE FROM crm.campaign_emails WHERE provider_id = %s",
    "data_request_cases": "DELETE FROM crm.data_request_cases WHERE provider_id = %s",
}


# Child rows of clients are deleted with them. A test compares both lists with the schema.
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
# Counters and rules, and tables of no single workspace.
RETAINED_TABLES = (
    "workspaces",
    "audit_log",
    "retention_rules",
    "erasure_receipts",
    "data_requests",
    "withdrawn_consents",
)


class WorkspaceDeletion:
    """Deletion of a workspace, locked or not."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def is_held(self) -> bool:
        """Tell whether anything in the workspace is under a legal hold. Call it with the workspace's row locked."""
        row = self._work.execute(
            "SELECT FROM crm.legal_holds WHERE provider_id = %s AND released_at IS NULL LIMIT 1",
            (self._provider_id,),
        ).fetchone()
        return row is not None

    def count_clients(self) -> int:
        """Count the clients of the workspace."""
        row = self._work.execute(
            "SELECT count(*) AS number FROM crm.clients WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return int(row["number"]) if row else 0

    def delete(self) -> None:
        """Delete every row except the audit log and the receipts."""
        for name in DELETED_TABLES:
            self._work.execute(
                SQL("DELETE FROM {} WHERE provider_id = %s").format(Identifier("crm", name)),
                (self._provider_id,),
            )
