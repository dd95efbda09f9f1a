"""The table `crm.audit_log`: written and read, never changed."""

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
    """One book's entries."""

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
        """Bind one more entry to the last; writers of one book wait for each other."""
        row = self._work.execute(
            "SELECT audit_length, audit_hash FROM crm.workspaces WHERE provider_id = %s"
            " FOR NO KEY UPDATE",
            (self._provider_id,),
        ).fetchone()
        if row is None:
            raise LookupError("a book without a row")
        sequence, previous = row["audit_length"] + 1, bytes(row["audit_hash"])
        fresh = entry_hash(
            self._provider_id, sequence, action, at, session_id, network, detail, previous
        )
        self._work.execute(
            SQL(
                "INSERT INTO crm.audit_log ({}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            ).format(_COLUMNS),
            (
                self._provider_id, sequence, action, at, session_id, network, Jsonb(dict(detail)),
                previous, fresh,
            ),
        )  # fmt: skip
        self._work.execute(
            "UPDATE crm.workspaces SET audit_length = %s, audit_hash = %s WHERE provider_id = %s",
            (sequence, fresh, self._provider_id),
        )

    def list(
        self, limit: int, before: int | None = None, action: AuditAction | None = None
    ) -> list[AuditEntry]:
        """Return at most `limit` (of one action), the latest first, those before a sequence number."""
        only = SQL("true" if action is None else "action = %(action)s")
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.audit_log WHERE provider_id = %(provider_id)s AND {}"
                " AND sequence < coalesce(%(before)s, 9223372036854775807)"
                " ORDER BY sequence DESC LIMIT %(limit)s"
            ).format(_COLUMNS, only),
            {
                "provider_id": self._provider_id,
                "action": action,
                "before": before,
                "limit": limit,
            },
        ).fetchall()
        return [_entry(row) for row in rows]

    def last_sequence(self, actions: Iterable[AuditAction], network: str) -> int:
        """Return the sequence number of the last such entry from a network, 0 where there is none."""
        row = self._work.execute(
            "SELECT coalesce(max(sequence), 0) AS last FROM crm.audit_log"
            " WHERE provider_id = %s AND action = ANY(%s) AND network = %s",
            (self._provider_id, [str(one) for one in actions], network),
        ).fetchone()
        return int(row["last"]) if row else 0

    def exists_since(self, actions: Iterable[AuditAction], network: str, since: datetime) -> bool:
        """Tell whether there is such an entry from a network since then."""
        row = self._work.execute(
            "SELECT EXISTS (SELECT FROM crm.audit_log WHERE provider_id = %s AND action = ANY(%s)"
            " AND network = %s AND at >= %s) AS any",
            (self._provider_id, [str(one) for one in actions], network, since),
        ).fetchone()
        return bool(row and row["any"])

    def last_unlock(self, session_id: str) -> datetime | None:
        """Return until when a session was unlocked, as it was written down the last time."""
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
        """Return the hash of an entry, None where there is none."""
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
        """Return how long it must be, and the hash that it must end in."""
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


_ITEM = "trail"


class AuditCheckpoint:
    """One book's note."""

    def __init__(self, table: KeyTable, provider_id: UUID) -> None:
        self._table = table
        self._provider_id = provider_id

    def save(self, length: int, last_hash: bytes) -> None:
        """Note how long the trail is and what it ends in; one that came to more is left as it is."""
        self._table.update(
            self._provider_id,
            _ITEM,
            "SET trail_length = :length, trail_hash = :hash",
            "attribute_not_exists(trail_length) OR trail_length < :length",
            {":length": {"N": str(length)}, ":hash": {"B": last_hash}},
        )

    def load(self) -> tuple[int, bytes] | None:
        """Return what was noted the last time, None where nothing was."""
        item = self._table.read(self._provider_id, [_ITEM]).get(_ITEM)
        return (int(item["trail_length"]["N"]), bytes(item["trail_hash"]["B"])) if item else None
