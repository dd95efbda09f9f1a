"""Bulk reads and writes of whole tables, for export and import."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier

from crm.domain.export_schema import CLIENTS, ExportRecord, ExportTable
from crm.vault import ClientShredded, DecryptionFailed, DocumentRef, OpenVault, RecordRekeyed
from kit.db import UnitOfWork

_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ExportCursor:
    """Position of the last record read: its client, and its id."""

    client_id: UUID = _FIRST
    id: UUID = _FIRST


@dataclass(frozen=True, slots=True)
class DecryptedBatch:
    """Records read, ids of undecryptable rows, and the position of the next batch (None: the table is complete)."""

    records: list[ExportRecord]
    unreadable: list[UUID]
    next_cursor: ExportCursor | None


class ExportRecords:
    """Bulk access to one table of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault, table: ExportTable) -> None:
        self._work = work
        self._vault = vault
        self._table = table
        self._identifier = Identifier("crm", table.table)

    def read_after(self, cursor: ExportCursor, limit: int) -> DecryptedBatch:
        """Return the records after a position, ordered by client if each has one.

        Raise `RecordRekeyed` if the keys are being changed at this moment.
        """
        try:
            return self._select_after(cursor, limit)
        except RecordRekeyed:
            # Re-encrypted between reading the row and its key: a second read gets both of the same time.
            return self._select_after(cursor, limit)

    def documents_of(self, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Return the decrypted documents of these clients, without undecryptable ones."""
        rows = self._work.execute(
            SQL(
                "SELECT id AS client_id, id, encrypted_payload, jsonb_build_object('id', id) AS fields FROM {} t"
                " WHERE provider_id = %s AND id = ANY(%s)"
            ).format(self._identifier),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return {UUID(one.fields["id"]): one.document for one in self._decrypt(rows)[0]}

    def _select_after(self, cursor: ExportCursor, limit: int) -> DecryptedBatch:
        by_client = not (self._table is CLIENTS or self._table.client_is_optional)
        condition = SQL("(client_id, id) > (%(client)s, %(id)s)" if by_client else "id > %(id)s")
        rows = self._work.execute(
            SQL(
                "SELECT {client_column}, id, encrypted_payload, to_jsonb(t) - %(out)s::text[] AS fields FROM {table} t"
                " WHERE provider_id = %(provider)s AND {condition} ORDER BY {order} LIMIT %(limit)s"
            ).format(
                client_column=SQL("id AS client_id" if self._table is CLIENTS else "client_id"),
                table=self._identifier,
                condition=condition,
                order=SQL("client_id, id" if by_client else "id"),
            ),
            {
                "out": self._table.excluded_columns,
                "provider": self._vault.tenant,
                "client": cursor.client_id,
                "id": cursor.id,
                "limit": limit,
            },
        ).fetchall()
        self._vault.load(list({row["client_id"] for row in rows if row["client_id"]}))
        records, unreadable = self._decrypt(rows)
        following = (
            ExportCursor(rows[-1]["client_id"] or _FIRST, rows[-1]["id"])
            if len(rows) == limit
            else None
        )
        return DecryptedBatch(records, unreadable, following)

    def changed_at(self, ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """Return the last change of the existing rows among these ids, locked until the transaction ends."""
        column = "merged_at" if self._table.table == "client_merges" else "updated_at"
        rows = self._work.execute(
            SQL(
                "SELECT id, {} AS moment FROM {} WHERE provider_id = %s AND id = ANY(%s)"
                " ORDER BY id FOR NO KEY UPDATE"
            ).format(Identifier(column), self._identifier),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        return {row["id"]: row["moment"] for row in rows}

    def ids_under_hold(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return the ids whose client is under a legal hold. Call it with the workspace row locked."""
        rows = self._work.execute(
            SQL(
                "SELECT t.id FROM {table} t WHERE t.provider_id = %s AND t.id = ANY(%s)"
                " AND t.{client_column} IS NOT NULL AND EXISTS (SELECT FROM crm.legal_holds h"
                " WHERE h.provider_id = t.provider_id AND h.released_at IS NULL"
                " AND (h.client_id IS NULL OR h.client_id = t.{client_column}))"
            ).format(
                table=self._identifier,
                client_column=Identifier("id" if self._table is CLIENTS else "client_id"),
            ),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def key_versions(self, client_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return the key version of each client's rows, locked until the transaction ends."""
        rows = self._work.execute(
            "SELECT id, key_version FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)"
            " ORDER BY id FOR SHARE",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        return {row["id"]: row["key_version"] for row in rows}

    def insert(
        self,
        records: Sequence[ExportRecord],
        key_versions: Mapping[UUID, int],
        derived: Mapping[UUID, Any],
    ) -> list[dict[str, Any]]:
        """Insert records that do not exist; return the inserted rows. `derived`: computed columns, by id."""
        rows = [
            self._to_row(record, key_versions) | derived.get(record.id, {}) for record in records
        ]
        columns = self._columns(rows)
        return self._work.execute(
            SQL(
                "INSERT INTO {table} ({columns}) SELECT {columns}"
                " FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
                " ON CONFLICT DO NOTHING RETURNING *"
            ).format(table=self._identifier, columns=columns),
            (json.dumps(rows),),
        ).fetchall()

    def update(
        self,
        records: Sequence[ExportRecord],
        key_versions: Mapping[UUID, int],
        derived: Mapping[UUID, Any],
    ) -> list[dict[str, Any]]:
        """Update existing records; return the rows."""
        rows = [
            self._to_row(record, key_versions) | derived.get(record.id, {}) for record in records
        ]
        for row in rows:
            row.pop("version", None)
        importable_columns = list(dict.fromkeys(key for row in rows for key in row))
        stored = SQL("" if self._table.table == "client_merges" else ", version = t.version + 1")
        return self._work.execute(
            SQL(
                "UPDATE {table} t SET {changes}{stored}"
                " FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) r"
                " WHERE t.provider_id = r.provider_id AND t.id = r.id RETURNING t.*"
            ).format(
                table=self._identifier,
                changes=SQL(", ").join(
                    SQL("{0} = r.{0}").format(Identifier(name))
                    for name in importable_columns
                    if name not in ("id", "provider_id")
                ),
                stored=stored,
            ),
            (json.dumps(rows),),
        ).fetchall()

    def delete(self, ids: Sequence[UUID]) -> None:
        """Delete records."""
        self._work.execute(
            SQL("DELETE FROM {} WHERE provider_id = %s AND id = ANY(%s)").format(self._identifier),
            (self._vault.tenant, list(ids)),
        )

    def importable_columns(self) -> set[str]:
        """Return the columns that an archive may fill."""
        rows = self._work.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped",
            (f"crm.{self._table.table}",),
        ).fetchall()
        return {row["attname"] for row in rows} - set(self._table.excluded_columns)

    def _to_row(self, record: ExportRecord, key_versions: Mapping[UUID, int]) -> dict[str, Any]:
        client_id = record.id if self._table is CLIENTS else record.client_id
        key_version = key_versions[client_id] if client_id else self._vault.generation
        sealed = self._vault.seal(
            DocumentRef(self._table.table, record.id, client_id), record.document, key_version
        )
        row = {"provider_id": str(self._vault.tenant), "encrypted_payload": f"\\x{sealed.hex()}"}
        if self._table is CLIENTS or self._table.client_is_optional:
            return record.fields | row | {"key_version": key_version}
        return record.fields | row

    def _columns(self, rows: Sequence[Mapping[str, Any]]) -> Composable:
        importable_columns = dict.fromkeys(name for row in rows for name in row)
        return SQL(", ").join(map(Identifier, importable_columns))

    def _decrypt(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[ExportRecord], list[UUID]]:
        records, unreadable = [], []
        for row in rows:
            ref = DocumentRef(self._table.table, row["id"], row["client_id"])
            try:
                document = (
                    self._vault.open(ref, bytes(row["encrypted_payload"]))
                    if row["encrypted_payload"]
                    else {}
                )
            except RecordRekeyed:
                raise
            except (DecryptionFailed, ClientShredded):
                unreadable.append(row["id"])
                continue
            records.append(ExportRecord(fields=row["fields"], document=document))
        return records, unreadable
