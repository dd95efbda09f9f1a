"""Whole tables of a book, read and written in bulk: for what leaves it and what comes back."""

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
    """The last sheet that was read: whose it is, and its id."""

    client_id: UUID = _FIRST
    id: UUID = _FIRST


@dataclass(frozen=True, slots=True)
class DecryptedBatch:
    """Some sheets, those that do not open, and where the next ones begin (None: that was all)."""

    sheets: list[ExportRecord]
    unreadable: list[UUID]
    last: ExportCursor | None


class ExportRecords:
    """One shelf of one book."""

    def __init__(self, work: UnitOfWork, vault: OpenVault, shelf: ExportTable) -> None:
        self._work = work
        self._vault = vault
        self._shelf = shelf
        self._table = Identifier("crm", shelf.table)

    def after(self, spot: ExportCursor, limit: int) -> DecryptedBatch:
        """Return the sheets after a spot, client by client where each of them has one.

        Raises `StaleRow` where keys are being changed at this moment.
        """
        try:
            return self._after(spot, limit)
        except RecordRekeyed:
            # Sealed anew between the row and its key: read once more, both are of the same time.
            return self._after(spot, limit)

    def documents(self, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """Return the documents of these clients, as far as they open."""
        rows = self._work.execute(
            SQL(
                "SELECT id AS client_id, id, encrypted_payload, jsonb_build_object('id', id) AS fields FROM {} t"
                " WHERE provider_id = %s AND id = ANY(%s)"
            ).format(self._table),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return {UUID(one.fields["id"]): one.document for one in self._opened(rows)[0]}

    def _after(self, spot: ExportCursor, limit: int) -> DecryptedBatch:
        by_client = not (self._shelf is CLIENTS or self._shelf.is_own)
        beyond = SQL("(client_id, id) > (%(client)s, %(id)s)" if by_client else "id > %(id)s")
        rows = self._work.execute(
            SQL(
                "SELECT {whose}, id, encrypted_payload, to_jsonb(t) - %(out)s::text[] AS fields FROM {table} t"
                " WHERE provider_id = %(provider)s AND {beyond} ORDER BY {order} LIMIT %(limit)s"
            ).format(
                whose=SQL("id AS client_id" if self._shelf is CLIENTS else "client_id"),
                table=self._table,
                beyond=beyond,
                order=SQL("client_id, id" if by_client else "id"),
            ),
            {
                "out": self._shelf.left_out,
                "provider": self._vault.tenant,
                "client": spot.client_id,
                "id": spot.id,
                "limit": limit,
            },
        ).fetchall()
        self._vault.load(list({row["client_id"] for row in rows if row["client_id"]}))
        sheets, unreadable = self._opened(rows)
        end = (
            ExportCursor(rows[-1]["client_id"] or _FIRST, rows[-1]["id"])
            if len(rows) == limit
            else None
        )
        return DecryptedBatch(sheets, unreadable, end)

    def changed_at(self, ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """Return which of them are there, held until the end, and when they were changed last."""
        column = "merged_at" if self._shelf.table == "client_merges" else "updated_at"
        rows = self._work.execute(
            SQL(
                "SELECT id, {} AS moment FROM {} WHERE provider_id = %s AND id = ANY(%s)"
                " ORDER BY id FOR NO KEY UPDATE"
            ).format(Identifier(column), self._table),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        return {row["id"]: row["moment"] for row in rows}

    def under_hold(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return those of them that are about somebody under a legal hold. Ask while holding the book's row."""
        rows = self._work.execute(
            SQL(
                "SELECT t.id FROM {table} t WHERE t.provider_id = %s AND t.id = ANY(%s)"
                " AND t.{whose} IS NOT NULL AND EXISTS (SELECT FROM crm.legal_holds h"
                " WHERE h.provider_id = t.provider_id AND h.released_at IS NULL"
                " AND (h.client_id IS NULL OR h.client_id = t.{whose}))"
            ).format(
                table=self._table,
                whose=Identifier("id" if self._shelf is CLIENTS else "client_id"),
            ),
            (self._vault.tenant, list(ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def generations(self, client_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Return under which key each client's rows are, held until the end."""
        rows = self._work.execute(
            "SELECT id, key_version FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)"
            " ORDER BY id FOR SHARE",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        return {row["id"]: row["key_version"] for row in rows}

    def insert(
        self,
        sheets: Sequence[ExportRecord],
        generations: Mapping[UUID, int],
        more: Mapping[UUID, Any],
    ) -> list[dict[str, Any]]:
        """Put sheets in that are not there; return the rows that came in. `more`: derived columns, by id."""
        rows = [self._row(sheet, generations) | more.get(sheet.id, {}) for sheet in sheets]
        columns = self._columns(rows)
        return self._work.execute(
            SQL(
                "INSERT INTO {table} ({columns}) SELECT {columns}"
                " FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
                " ON CONFLICT DO NOTHING RETURNING *"
            ).format(table=self._table, columns=columns),
            (json.dumps(rows),),
        ).fetchall()

    def update(
        self,
        sheets: Sequence[ExportRecord],
        generations: Mapping[UUID, int],
        more: Mapping[UUID, Any],
    ) -> list[dict[str, Any]]:
        """Put sheets in place of those that are there; return the rows."""
        rows = [self._row(sheet, generations) | more.get(sheet.id, {}) for sheet in sheets]
        for row in rows:
            row.pop("version", None)
        names = list(dict.fromkeys(key for row in rows for key in row))
        stored = SQL("" if self._shelf.table == "client_merges" else ", version = t.version + 1")
        return self._work.execute(
            SQL(
                "UPDATE {table} t SET {changes}{stored}"
                " FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) r"
                " WHERE t.provider_id = r.provider_id AND t.id = r.id RETURNING t.*"
            ).format(
                table=self._table,
                changes=SQL(", ").join(
                    SQL("{0} = r.{0}").format(Identifier(name))
                    for name in names
                    if name not in ("id", "provider_id")
                ),
                stored=stored,
            ),
            (json.dumps(rows),),
        ).fetchall()

    def remove(self, ids: Sequence[UUID]) -> None:
        """Take sheets out again."""
        self._work.execute(
            SQL("DELETE FROM {} WHERE provider_id = %s AND id = ANY(%s)").format(self._table),
            (self._vault.tenant, list(ids)),
        )

    def names(self) -> set[str]:
        """Return the columns that an archive may fill."""
        rows = self._work.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped",
            (f"crm.{self._shelf.table}",),
        ).fetchall()
        return {row["attname"] for row in rows} - set(self._shelf.left_out)

    def _row(self, sheet: ExportRecord, generations: Mapping[UUID, int]) -> dict[str, Any]:
        client_id = sheet.id if self._shelf is CLIENTS else sheet.client_id
        generation = generations[client_id] if client_id else self._vault.generation
        sealed = self._vault.seal(
            DocumentRef(self._shelf.table, sheet.id, client_id), sheet.document, generation
        )
        row = {"provider_id": str(self._vault.tenant), "encrypted_payload": f"\\x{sealed.hex()}"}
        if self._shelf is CLIENTS or self._shelf.is_own:
            return sheet.fields | row | {"key_version": generation}
        return sheet.fields | row

    def _columns(self, rows: Sequence[Mapping[str, Any]]) -> Composable:
        names = dict.fromkeys(name for row in rows for name in row)
        return SQL(", ").join(map(Identifier, names))

    def _opened(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[ExportRecord], list[UUID]]:
        sheets, unreadable = [], []
        for row in rows:
            place = DocumentRef(self._shelf.table, row["id"], row["client_id"])
            try:
                document = (
                    self._vault.open(place, bytes(row["encrypted_payload"]))
                    if row["encrypted_payload"]
                    else {}
                )
            except RecordRekeyed:
                raise
            except (DecryptionFailed, ClientShredded):
                unreadable.append(row["id"])
                continue
            sheets.append(ExportRecord(fields=row["fields"], document=document))
        return sheets, unreadable
