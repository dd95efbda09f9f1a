"""Timeline of a client over all record tables: one query for the order, then the documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier, Literal

from crm.domain.timeline import TimelineEntry, TimelineKind, entry_text, has_received_amount
from crm.repository.decryption import UNREADABLE_LABEL, decrypt_or_none
from crm.repository.finance import DUE
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.i18n import gettext as _

_TABLES = {
    TimelineKind.VISIT: "visits",
    TimelineKind.SCREENING: "screenings",
    TimelineKind.REFERENCE: "client_references",
    TimelineKind.COMMUNICATION: "communications",
    TimelineKind.TASK: "tasks",
    TimelineKind.MERGE: "client_merges",
}
# Time of a record. A record with several times uses the one that matters to the provider.
_MOMENTS = {
    TimelineKind.VISIT: "starts_at",
    TimelineKind.SCREENING: "coalesce(verified_at, created_at)",
    TimelineKind.REFERENCE: "coalesce(answered_at, contacted_at, created_at)",
    TimelineKind.COMMUNICATION: "happened_at",
    TimelineKind.TASK: "coalesce(done_at, due_at, created_at)",
    TimelineKind.MERGE: "merged_at",
}
_FACTS = {
    "status": "text",
    "type": "text",
    "direction": "text",
    "duration_minutes": "integer",
    "currency": "text",
    "received_minor": "bigint",
    "due_minor": "bigint",
    "payment_status": "text",
    "time_zone": "text",
    "due_at": "timestamptz",
    "done_at": "timestamptz",
    "expires_at": "timestamptz",
}
_HAS = {
    TimelineKind.VISIT: {
        "status",
        "type",
        "duration_minutes",
        "currency",
        "received_minor",
        "due_minor",
        "payment_status",
        "time_zone",
    },
    TimelineKind.SCREENING: {"status", "type", "expires_at"},
    TimelineKind.REFERENCE: {"status"},
    TimelineKind.COMMUNICATION: {"type", "direction"},
    TimelineKind.TASK: {"due_at", "done_at"},
    TimelineKind.MERGE: set[str](),
}
_COMPUTED = {"due_minor": DUE}


def list_timeline_entries(
    work: UnitOfWork,
    vault: OpenVault,
    client_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[TimelineEntry]:
    """Return at most `limit` timeline entries of a client, the latest first."""
    rows = work.execute(
        SQL(
            "SELECT * FROM ({}) AS line WHERE %(moment)s::timestamptz IS NULL"
            " OR (at, id) < (%(moment)s, %(last)s) ORDER BY at DESC, id DESC LIMIT %(limit)s"
        ).format(SQL(" UNION ALL ").join(map(_part, TimelineKind))),
        {
            "provider_id": vault.tenant,
            "client_id": client_id,
            "moment": after[0] if after else None,
            "last": after[1] if after else None,
            "limit": limit,
        },
    ).fetchall()
    return [_entry_or_placeholder(work, vault, client_id, row) for row in rows]


def _part(kind: TimelineKind) -> Composed:
    facts = SQL(", ").join(
        SQL("{}::{} AS {}").format(
            _COMPUTED.get(name, Identifier(name)) if name in _HAS[kind] else SQL("NULL"),
            SQL(of_type),
            Identifier(name),
        )
        for name, of_type in _FACTS.items()
    )
    return SQL(
        "SELECT {} AS kind, id, {} AS at, encrypted_payload, {} FROM {}"
        " WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s"
    ).format(Literal(str(kind)), SQL(_MOMENTS[kind]), facts, Identifier("crm", _TABLES[kind]))


def _entry_or_placeholder(
    work: UnitOfWork, vault: OpenVault, client_id: UUID, row: Mapping[str, Any]
) -> TimelineEntry:
    kind, title, text = TimelineKind(row["kind"]), "", ""
    is_readable = is_received_known = True
    # Retention leaves empty documents behind.
    if row["encrypted_payload"]:
        place = DocumentRef(_TABLES[kind], row["id"], client_id)
        document = decrypt_or_none(work, vault, place, bytes(row["encrypted_payload"]))
        is_readable = document is not None
        title, text = (_(UNREADABLE_LABEL), "") if document is None else entry_text(kind, document)
        is_received_known = document is None or has_received_amount(document)
    return TimelineEntry(
        kind=kind,
        id=row["id"],
        at=row["at"],
        title=title,
        text=text,
        is_readable=is_readable,
        is_received_known=is_received_known,
        **{name: row[name] for name in _FACTS},
    )
