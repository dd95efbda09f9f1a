"""The table `crm.audit_log`, append-only, and its checkpoint in DynamoDB, so that truncation is detected."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from crm.domain.audit_log import AuditAction, AuditEntry, entry_hash
from crm.vault.table import KeyTable
from kit.db import UnitOfWork

_COLUMNS = SQL(
    "provider_id, sequence, action, at, session_id, network, detail, previous_hash, hash"
)


class AuditLogRepository:
    """Audit log entries of one workspace."""

    def __init__(self, work: UnitOfWork, provider_id: UUID) -> None:
        self._work = work
        self._provider_id = provider_id

    def add(
        self,
        action: AuditAction,
        at: datetime,
        session_id: str,
        network: str,
        detail: Mapping[str, Any],
    ) -> None:
        """Append an entry bound to the last one; writers of one workspace wait for each other."""
        row = self._work.execute(
            "SELECT audit_length, audit_hash FROM crm.workspaces WHERE provider_id = %s"
            " FOR NO KEY UPDATE",
            (self._provider_id,),
        ).fetchone()
        if row is None:
            raise LookupError("a workspace without a row")
        sequence, previous = row["audit_length"] + 1, bytes(row["audit_hash"])
        new_hash = entry_hash(
            self._provider_id, sequence, action, at, session_id, network, detail, previous
        )
        self._work.execute(
            SQL(
                "INSERT INTO crm.audit_log ({}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            ).format(_COLUMNS),
            (
                self._provider_id, sequence, action, at, session_id, network, Jsonb(dict(detail)),
                previous, new_hash,
            ),
        )  # fmt: skip
        self._work.execute(
            "UPDATE crm.workspaces SET audit_length = %s, audit_hash = %s WHERE provider_id = %s",
            (sequence, new_hash, self._provider_id),
        )

    def list(
        self, limit: int, before: int | None = None, action: AuditAction | None = None
    ) -> list[AuditEntry]:
        """Return at most `limit` entries (of one action), the latest first, those before a sequence number."""
        action_filter = SQL("true" if action is None else "action = %(action)s")
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.audit_log WHERE provider_id = %(provider_id)s AND {}"
                " AND sequence < coalesce(%(before)s, 9223372036854775807)"
                " ORDER BY sequence DESC LIMIT %(limit)s"
            ).format(_COLUMNS, action_filter),
            {
                "provider_id": self._provider_id,
                "action": action,
                "before": before,
                "limit": limit,
            },
        ).fetchall()
        return [_entry(row) for row in rows]

    def last_sequence(self, actions: Iterable[AuditAction], network: str) -> int:
        """Return the last sequence number of these actions from a network, or 0 if there is none."""
        row = self._work.execute(
            "SELECT coalesce(max(sequence), 0) AS last FROM crm.audit_log"
            " WHERE provider_id = %s AND action = ANY(%s) AND network = %s",
            (self._provider_id, [str(action_) for action_ in actions], network),
        ).fetchone()
        return int(row["last"]) if row else 0

    def exists_since(self, actions: Iterable[AuditAction], network: str, since: datetime) -> bool:
        """Tell whether a network caused one of these actions since then."""
        row = self._work.execute(
            "SELECT EXISTS (SELECT FROM crm.audit_log WHERE provider_id = %s AND action = ANY(%s)"
            " AND network = %s AND at >= %s) AS any",
            (self._provider_id, [str(action_) for action_ in actions], network, since),
        ).fetchone()
        return bool(row and row["any"])

    def last_unlock(self, session_id: str) -> datetime | None:
        """Return the end of a session's last recorded unlock."""
        row = self._work.execute(
            "SELECT detail ->> 'until' AS until FROM crm.audit_log"
            " WHERE provider_id = %s AND session_id = %s AND detail ? 'until'"
            " ORDER BY sequence DESC LIMIT 1",
            (self._provider_id, session_id),
        ).fetchone()
        return datetime.fromisoformat(row["until"]) if row else None

    def all(self) -> Iterator[AuditEntry]:
        """Return every entry, the oldest first."""
        rows = self._work.execute(
            SQL("SELECT {} FROM crm.audit_log WHERE provider_id = %s ORDER BY sequence").format(
                _COLUMNS
            ),
            (self._provider_id,),
        )
        return (_entry(row) for row in rows)

    def hash_at(self, sequence: int) -> bytes | None:
        """Return the hash of an entry, or None if there is none."""
        row = self._work.execute(
            "SELECT hash FROM crm.audit_log WHERE provider_id = %s AND sequence = %s",
            (self._provider_id, sequence),
        ).fetchone()
        return bytes(row["hash"]) if row else None

    def start(self) -> tuple[int, bytes]:
        """Return the first sequence number that is left, and the hash before it."""
        row = self._work.execute(
            "SELECT audit_first, audit_before FROM crm.workspaces WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return (row["audit_first"], bytes(row["audit_before"])) if row else (1, b"")

    def head(self) -> tuple[int, bytes]:
        """Return the length of the log and its last hash."""
        row = self._work.execute(
            "SELECT audit_length, audit_hash FROM crm.workspaces WHERE provider_id = %s",
            (self._provider_id,),
        ).fetchone()
        return (row["audit_length"], bytes(row["audit_hash"])) if row else (0, b"")


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        provider_id=row["provider_id"],
        sequence=row["sequence"],
        action=AuditAction(row["action"]),
        at=row["at"],
        session_id=row["session_id"],
        network=row["network"],
        detail=row["detail"],
        previous_hash=bytes(row["previous_hash"]),
        hash=bytes(row["hash"]),
    )


_ITEM = "audit_log"


class AuditCheckpoint:
    """The length and last hash of an audit log, copied to the key table."""

    def __init__(self, table: KeyTable, provider_id: UUID) -> None:
        self._table = table
        self._provider_id = provider_id

    def save(self, length: int, last_hash: bytes) -> None:
        """Save the length and last hash; a checkpoint of a longer log is left as it is."""
        self._table.update(
            self._provider_id,
            _ITEM,
            "SET audit_length = :length, audit_hash = :hash",
            "attribute_not_exists(audit_length) OR audit_length < :length",
            {":length": {"N": str(length)}, ":hash": {"B": last_hash}},
        )

    def load(self) -> tuple[int, bytes] | None:
        """Return the saved length and last hash, or None if none was saved."""
        item = self._table.read(self._provider_id, [_ITEM]).get(_ITEM)
        return (int(item["audit_length"]["N"]), bytes(item["audit_hash"]["B"])) if item else None
