"""What happened with a client, over all the tables: one query for the order, then documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier, Literal

from crm.domain.timeline import Kind, Line, words
from crm.repository.decryption import DOES_NOT_OPEN, opened_in_list
from crm.vault import OpenVault, Place
from kit.db import UnitOfWork

_TABLES = {
    Kind.VISIT: "visits",
    Kind.SCREENING: "screenings",
    Kind.REFERENCE: "client_references",
    Kind.COMMUNICATION: "communications",
    Kind.TASK: "tasks",
    Kind.MERGE: "merges",
}
# When it happened. What has several moments is at the one that counts for her.
_MOMENTS = {
    Kind.VISIT: "starts_at",
    Kind.SCREENING: "coalesce(verified_at, created_at)",
    Kind.REFERENCE: "coalesce(answered_at, contacted_at, created_at)",
    Kind.COMMUNICATION: "happened_at",
    Kind.TASK: "coalesce(done_at, due_at, created_at)",
    Kind.MERGE: "merged_at",
}
_FACTS = {
    "status": "text",
    "type": "text",
    "direction": "text",
    "duration_minutes": "integer",
    "currency": "text",
    "received_minor": "bigint",
    "due_at": "timestamptz",
    "done_at": "timestamptz",
    "expires_at": "timestamptz",
}
_HAS = {
    Kind.VISIT: {"status", "type", "duration_minutes", "currency", "received_minor"},
    Kind.SCREENING: {"status", "type", "expires_at"},
    Kind.REFERENCE: {"status"},
    Kind.COMMUNICATION: {"type", "direction"},
    Kind.TASK: {"due_at", "done_at"},
    Kind.MERGE: set[str](),
}


def lines_of(
    work: UnitOfWork,
    vault: OpenVault,
    client_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Line]:
    """Return at most `limit` lines about a client, the latest first."""
    rows = work.execute(
        SQL(
            "SELECT * FROM ({}) AS line WHERE %(moment)s::timestamptz IS NULL"
            " OR (at, id) < (%(moment)s, %(last)s) ORDER BY at DESC, id DESC LIMIT %(limit)s"
        ).format(SQL(" UNION ALL ").join(map(_part, Kind))),
        {
            "provider_id": vault.tenant,
            "client_id": client_id,
            "moment": after[0] if after else None,
            "last": after[1] if after else None,
            "limit": limit,
        },
    ).fetchall()
    return [_shown(work, vault, client_id, row) for row in rows]


def _part(kind: Kind) -> Composed:
    facts = SQL(", ").join(
        SQL("{}::{} AS {}").format(
            Identifier(name) if name in _HAS[kind] else SQL("NULL"), SQL(of_type), Identifier(name)
        )
        for name, of_type in _FACTS.items()
    )
    return SQL(
        "SELECT {} AS kind, id, {} AS at, doc, {} FROM {}"
        " WHERE provider_id = %(provider_id)s AND client_id = %(client_id)s"
    ).format(Literal(str(kind)), SQL(_MOMENTS[kind]), facts, Identifier("crm", _TABLES[kind]))


def _shown(work: UnitOfWork, vault: OpenVault, client_id: UUID, row: Mapping[str, Any]) -> Line:
    kind, title, text = Kind(row["kind"]), "", ""
    # Retention leaves empty ones behind.
    if row["doc"]:
        place = Place(_TABLES[kind], row["id"], client_id)
        document = opened_in_list(work, vault, place, bytes(row["doc"]))
        title, text = (DOES_NOT_OPEN, "") if document is None else words(kind, document)
    return Line(
        kind=kind,
        id=row["id"],
        at=row["at"],
        title=title,
        text=text,
        **{name: row[name] for name in _FACTS},
    )
