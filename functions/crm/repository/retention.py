"""Expired rows, found by plaintext columns alone: counted for the preview, deleted by the nightly job.

Both use the same condition, so the preview is exact. A legal hold overrides every rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier
from psycopg.types.json import Jsonb

from crm.domain.retention import DataClass
from kit.db import UnitOfWork
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class _RetentionTable:
    """A table, the condition that a row has expired, and its client column."""

    table: str
    over: str
    client: str = "client_id"


_TABLES = {
    DataClass.REFERENCES: _RetentionTable(
        "client_references", "coalesce(t.answered_at, t.contacted_at, t.created_at) < %(cutoff)s"
    ),
    DataClass.SCREENING: _RetentionTable(
        "screenings", "coalesce(t.expires_at, t.verified_at, t.updated_at) < %(cutoff)s"
    ),
    DataClass.COMMUNICATIONS: _RetentionTable("communications", "t.happened_at < %(cutoff)s"),
    DataClass.VISIT_NOTES: _RetentionTable(
        "visits", "t.starts_at < %(cutoff)s AND t.encrypted_payload <> ''"
    ),
    DataClass.ARCHIVED_CLIENTS: _RetentionTable("clients", "t.archived_at < %(cutoff)s", "id"),
    DataClass.INACTIVE_CLIENTS: _RetentionTable(
        "clients",
        "t.updated_at < %(cutoff)s AND NOT EXISTS (SELECT FROM crm.visits v"
        " WHERE v.provider_id = t.provider_id AND v.client_id = t.id AND v.starts_at >= %(cutoff)s)"
        " AND NOT EXISTS (SELECT FROM crm.communications m WHERE m.provider_id = t.provider_id"
        " AND m.client_id = t.id AND m.happened_at >= %(cutoff)s)"
        " AND NOT EXISTS (SELECT FROM crm.tasks k WHERE k.provider_id = t.provider_id"
        " AND k.client_id = t.id AND k.done_at IS NULL)",
        "id",
    ),
}
_HELD = (
    "EXISTS (SELECT FROM crm.legal_holds h WHERE h.provider_id = t.provider_id AND h.released_at IS NULL"
    " AND (h.client_id IS NULL OR h.client_id = {}))"
)


class RetentionRepository:
    """Rows and retention rules of one workspace; needs no key."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def chosen_days(self) -> dict[str, int]:
        """Return the chosen periods in days."""
        rows = self._work.execute(
            "SELECT data_class, days FROM crm.retention_rules WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchall()
        return {row["data_class"]: row["days"] for row in rows}

    def save_days(self, data_class: DataClass, days: int | None, at: datetime) -> None:
        """Save a chosen period; None restores the default."""
        if days is None:
            self._work.execute(
                "DELETE FROM crm.retention_rules WHERE provider_id = %s AND data_class = %s",
                (self._provider_id, data_class),
            )
            return
        self._work.execute(
            "INSERT INTO crm.retention_rules (provider_id, data_class, days, chosen_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT (provider_id, data_class)"
            " DO UPDATE SET days = excluded.days, chosen_at = excluded.chosen_at",
            (self._provider_id, data_class, days, at),
        )

    def lock_workspace(self) -> None:
        """Block placing and releasing holds until the transaction ends."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._provider_id,),
        )

    def count(self, data_class: DataClass, cutoff: datetime, *, held: bool = False) -> int:
        """Count the expired rows (or, with `held`, those that only a hold keeps)."""
        if data_class is DataClass.AUDIT:
            return self._count_audit(cutoff, held=held)
        condition, values = self._expired_condition(data_class, cutoff, held=held)
        row = self._work.execute(
            SQL("SELECT count(*) AS found FROM {} t WHERE {}").format(
                Identifier("crm", _TABLES[data_class].table), condition
            ),
            values,
        ).fetchone()
        return int(row["found"]) if row else 0

    def erase(self, data_class: DataClass, cutoff: datetime) -> int:
        """Delete the expired rows, and request the deletion of their clients' keys. Returns the number of rows."""
        if data_class is DataClass.AUDIT:
            return self._erase_audit(cutoff)
        source = _TABLES[data_class]
        condition, values = self._expired_condition(data_class, cutoff)
        if data_class is DataClass.VISIT_NOTES:
            # An empty document: the key is not available here, so nothing can be encrypted.
            statement = SQL(
                "UPDATE crm.visits t SET encrypted_payload = '', version = version + 1 WHERE {}"
            ).format(condition)
            return self._work.execute(statement, values).rowcount
        delete = SQL("DELETE FROM {} t WHERE {}").format(Identifier("crm", source.table), condition)
        if source.client != "id":
            return self._work.execute(delete, values).rowcount
        return self._work.execute(
            SQL(
                "WITH gone AS ({} RETURNING t.id) INSERT INTO crm.pending_key_deletions"
                " (provider_id, client_id, asked_at) SELECT %(provider_id)s, id, now() FROM gone"
                " ON CONFLICT (provider_id, client_id) DO UPDATE SET asked_at = excluded.asked_at"
            ).format(delete),
            values,
        ).rowcount

    def client_ids(self) -> list[UUID]:
        """Return the ids of all clients of the workspace."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s", (self._provider_id,)
        ).fetchall()
        return [row["id"] for row in rows]

    def delete_clients(self, client_ids: Sequence[UUID]) -> int:
        """Delete clients with all their child rows."""
        return self._work.execute(
            "DELETE FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._provider_id, list(client_ids)),
        ).rowcount

    def delete_imports(self, created_before: datetime) -> int:
        """Delete imported files and their reports."""
        return self._work.execute(
            "DELETE FROM crm.imports WHERE provider_id = %s AND created_at < %s",
            (self._provider_id, created_before),
        ).rowcount

    def add_receipt(self, what: str, counts: Mapping[str, int], at: datetime) -> UUID:
        """Store a receipt of an erasure."""
        receipt_id = new_id()
        self._work.execute(
            "INSERT INTO crm.erasure_receipts (id, provider_id, what, counts, erased_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (receipt_id, self._provider_id, what, Jsonb(dict(counts)), at),
        )
        return receipt_id

    def list_receipts(self, limit: int = 50) -> list[Mapping[str, Any]]:
        """Return the last receipts."""
        return self._work.execute(
            "SELECT id, what, counts, erased_at FROM crm.erasure_receipts WHERE provider_id = %s"
            " ORDER BY erased_at DESC, id DESC LIMIT %s",
            (self._provider_id, limit),
        ).fetchall()  # type: ignore[return-value]

    def _expired_condition(
        self, data_class: DataClass, cutoff: datetime, *, held: bool = False
    ) -> tuple[Composable, dict[str, Any]]:
        source = _TABLES[data_class]
        held_condition = SQL(_HELD).format(Identifier("t", source.client))
        condition = SQL("t.provider_id = %(provider_id)s AND {} AND {}").format(
            SQL(source.over), held_condition if held else SQL("NOT {}").format(held_condition)
        )
        return condition, {"provider_id": self._provider_id, "cutoff": cutoff}

    def _count_audit(self, cutoff: datetime, *, held: bool) -> int:
        row = self._work.execute(
            "SELECT count(*) AS found FROM crm.audit_log WHERE provider_id = %s AND at < %s"
            " AND %s = EXISTS (SELECT FROM crm.legal_holds WHERE provider_id = %s AND released_at IS NULL)",
            (self._provider_id, cutoff, held, self._provider_id),
        ).fetchone()
        return int(row["found"]) if row else 0

    def _erase_audit(self, cutoff: datetime) -> int:
        """Delete the oldest part of the audit log and record the new start of the chain."""
        if not self._count_audit(cutoff, held=False):
            return 0
        self._work.execute(
            """
            WITH first AS (
                SELECT sequence, previous_hash FROM crm.audit_log
                WHERE provider_id = %(provider_id)s AND at >= %(cutoff)s
                ORDER BY sequence LIMIT 1
            )
            UPDATE crm.workspaces SET
                audit_first = coalesce((SELECT sequence FROM first), audit_length + 1),
                audit_before = coalesce((SELECT previous_hash FROM first), audit_hash)
            WHERE provider_id = %(provider_id)s
            """,
            {"provider_id": self._provider_id, "cutoff": cutoff},
        )
        return self._work.execute(
            "DELETE FROM crm.audit_log a USING crm.workspaces p"
            " WHERE a.provider_id = %s AND p.provider_id = a.provider_id"
            " AND a.sequence < p.audit_first",
            (self._provider_id,),
        ).rowcount
