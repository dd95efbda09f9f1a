"""What goes by itself, found by what is in clear alone: counted for her, deleted by night.

Both use the same condition, so the preview says what will happen. A legal hold beats every rule.
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
class _Part:
    """A table, what about a row is older than the cutoff, and whose it is."""

    table: str
    over: str
    client: str = "client_id"


_PARTS = {
    DataClass.REFERENCES: _Part(
        "client_references", "coalesce(t.answered_at, t.contacted_at, t.created_at) < %(cutoff)s"
    ),
    DataClass.SCREENING: _Part(
        "screenings", "coalesce(t.expires_at, t.verified_at, t.updated_at) < %(cutoff)s"
    ),
    DataClass.COMMUNICATIONS: _Part("communications", "t.happened_at < %(cutoff)s"),
    DataClass.VISIT_NOTES: _Part(
        "visits", "t.starts_at < %(cutoff)s AND t.encrypted_payload <> ''"
    ),
    DataClass.ARCHIVED_CLIENTS: _Part("clients", "t.archived_at < %(cutoff)s", "id"),
    DataClass.INACTIVE_CLIENTS: _Part(
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
    """One book's rows and rules; needs no key."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def chosen(self) -> dict[str, int]:
        """Return what she chose, in days."""
        rows = self._work.execute(
            "SELECT data_class, days FROM crm.retention_rules WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchall()
        return {row["data_class"]: row["days"] for row in rows}

    def choose(self, data_class: DataClass, days: int | None, moment: datetime) -> None:
        """Keep her choice; None is as it is for everybody."""
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
            (self._provider_id, data_class, days, moment),
        )

    def settle(self) -> None:
        """Let nobody place or lift a hold until the end of the transaction."""
        self._work.execute(
            "SELECT FROM crm.workspaces WHERE provider_id = %s FOR NO KEY UPDATE",
            (self._provider_id,),
        )

    def count(self, data_class: DataClass, cutoff: datetime, *, held: bool = False) -> int:
        """Return how many are over (or, `held`, would be if no hold kept them)."""
        if data_class is DataClass.AUDIT:
            return self._count_audit(cutoff, held=held)
        found, values = self._over(data_class, cutoff, held=held)
        row = self._work.execute(
            SQL("SELECT count(*) AS found FROM {} t WHERE {}").format(
                Identifier("crm", _PARTS[data_class].table), found
            ),
            values,
        ).fetchone()
        return int(row["found"]) if row else 0

    def erase(self, data_class: DataClass, cutoff: datetime) -> int:
        """Delete what is over; a client's keys are asked to go as well. Returns how many it was."""
        if data_class is DataClass.AUDIT:
            return self._erase_audit(cutoff)
        part = _PARTS[data_class]
        found, values = self._over(data_class, cutoff)
        if data_class is DataClass.VISIT_NOTES:
            # An empty document: the key is not here, so there is nothing to seal another one with.
            statement = SQL(
                "UPDATE crm.visits t SET encrypted_payload = '', version = version + 1 WHERE {}"
            ).format(found)
            return self._work.execute(statement, values).rowcount
        delete = SQL("DELETE FROM {} t WHERE {}").format(Identifier("crm", part.table), found)
        if part.client != "id":
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
        """Return everybody in the book."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s", (self._provider_id,)
        ).fetchall()
        return [row["id"] for row in rows]

    def remove_clients(self, client_ids: Sequence[UUID]) -> int:
        """Delete clients with all that is about them."""
        return self._work.execute(
            "DELETE FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._provider_id, list(client_ids)),
        ).rowcount

    def forget_imports(self, before: datetime) -> int:
        """Drop files that were brought in, and their reports."""
        return self._work.execute(
            "DELETE FROM crm.imports WHERE provider_id = %s AND created_at < %s",
            (self._provider_id, before),
        ).rowcount

    def add_receipt(self, what: str, counts: Mapping[str, int], moment: datetime) -> UUID:
        """Write down that something was erased."""
        proof_id = new_id()
        self._work.execute(
            "INSERT INTO crm.erasure_receipts (id, provider_id, what, counts, erased_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            (proof_id, self._provider_id, what, Jsonb(dict(counts)), moment),
        )
        return proof_id

    def list_receipts(self, limit: int = 50) -> list[Mapping[str, Any]]:
        """Return the last erasures."""
        return self._work.execute(
            "SELECT id, what, counts, erased_at FROM crm.erasure_receipts WHERE provider_id = %s"
            " ORDER BY erased_at DESC, id DESC LIMIT %s",
            (self._provider_id, limit),
        ).fetchall()  # type: ignore[return-value]

    def _over(
        self, data_class: DataClass, cutoff: datetime, *, held: bool = False
    ) -> tuple[Composable, dict[str, Any]]:
        part = _PARTS[data_class]
        hold = SQL(_HELD).format(Identifier("t", part.client))
        found = SQL("t.provider_id = %(provider_id)s AND {} AND {}").format(
            SQL(part.over), hold if held else SQL("NOT {}").format(hold)
        )
        return found, {"provider_id": self._provider_id, "cutoff": cutoff}

    def _count_audit(self, cutoff: datetime, *, held: bool) -> int:
        row = self._work.execute(
            "SELECT count(*) AS found FROM crm.audit_log WHERE provider_id = %s AND at < %s"
            " AND %s = EXISTS (SELECT FROM crm.legal_holds WHERE provider_id = %s AND released_at IS NULL)",
            (self._provider_id, cutoff, held, self._provider_id),
        ).fetchone()
        return int(row["found"]) if row else 0

    def _erase_audit(self, cutoff: datetime) -> int:
        """Cut the chain's oldest part off and write down where it begins now."""
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
