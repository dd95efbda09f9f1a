"""Generic repository for records about clients: visits, screenings, references and communications.

A row is plaintext columns and one encrypted document. Writers hold a share lock on the client's row and encrypt with
the key that it names; a re-key locks that row exclusively, so no document is left under a key that is being removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from crm.repository.clients import client_not_found
from crm.repository.decryption import decrypt_or_none, translated_placeholder
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import Conflict, NotFound, PreconditionFailed
from kit.i18n import gettext as _
from kit.ids import new_id


class RecordPayload(Protocol):
    """Content of a record: plaintext columns and an encrypted document."""

    def plaintext_columns(self) -> dict[str, Any]:
        """Return the values of the plaintext columns."""

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt."""

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return the payload from its columns and decrypted document."""


@dataclass(frozen=True, slots=True)
class RecordType[T: RecordPayload]:
    """Description of one record table."""

    table: str
    """Table in schema `crm`; documents are bound to its name."""
    payload_type: type[T]
    columns: tuple[str, ...]
    """Plaintext columns."""
    sort_column: str
    """Time column by which lists are sorted, the latest first."""
    not_found: str
    """Message about an id of no record."""
    placeholder: Mapping[str, str]
    """Text that a list shows instead of an unreadable document."""


@dataclass(frozen=True, slots=True)
class Stored[T: RecordPayload]:
    """Stored record, decrypted."""

    id: UUID
    client_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    payload: T
    opens: bool = True
    """False only in lists: then the payload is a placeholder beside the plaintext columns."""


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Filter of a record list. `equal`: columns and values; `since` and `until` bound the order column."""

    client_id: UUID | None = None
    equal: Mapping[str, Any] | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    """Position of the last record of the previous page."""


class EncryptedRecordRepository[T: RecordPayload]:
    """Records of one table in one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault, kind: RecordType[T]) -> None:
        self._work = work
        self._vault = vault
        self._record_type = kind
        self._table = Identifier("crm", kind.table)

    def add(
        self, client_id: UUID, entry: T, moment: datetime, *, record_id: UUID | None = None
    ) -> Stored[T]:
        """Insert a record, or return the existing one of `record_id`; raise `NotFound` if the client does not exist."""
        record_id = record_id or new_id()
        clear = entry.plaintext_columns()
        values = {
            "id": record_id,
            "provider_id": self._vault.tenant,
            "client_id": client_id,
            "encrypted_payload": self._seal(record_id, client_id, entry),
            "created_at": moment,
            "updated_at": moment,
        } | clear
        stored = self._work.execute(
            SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (id) DO NOTHING").format(
                self._table,
                SQL(", ").join(map(Identifier, values)),
                SQL(", ").join(map(Placeholder, values)),
            ),
            values,
        )
        if stored.rowcount == 0:
            # The same request sent twice returns the same record; for another client the id is taken.
            there = self.get(record_id)
            if there.client_id != client_id:
                raise record_id_taken()
            return there
        return Stored(record_id, client_id, 1, moment, moment, entry)

    def get(self, record_id: UUID) -> Stored[T]:
        """Return a record; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT {} FROM {} WHERE provider_id = %s AND id = %s").format(
                self._columns(), self._table
            ),
            (self._vault.tenant, record_id),
        ).fetchone()
        if row is None:
            raise self._not_found()
        return self._opened(row)

    def replace(self, record_id: UUID, version: int, entry: T, moment: datetime) -> Stored[T]:
        """Update a record that is at `version`; raise `NotFound`, or `PreconditionFailed` for another version."""
        before = self.get(record_id)
        sealed = self._seal(record_id, before.client_id, entry)
        clear = entry.plaintext_columns()
        row = self._work.execute(
            SQL(
                "UPDATE {} SET {}, encrypted_payload = %(encrypted_payload)s, version = version + 1,"
                " updated_at = %(moment)s"
                " WHERE id = %(id)s AND version = %(version)s RETURNING version"
            ).format(
                self._table,
                SQL(", ").join(
                    SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in clear
                ),
            ),
            clear
            | {"encrypted_payload": sealed, "moment": moment, "id": record_id, "version": version},
        ).fetchone()
        if row is None:
            raise version_conflict()
        return Stored(record_id, before.client_id, row["version"], before.created_at, moment, entry)

    def client_of(self, record_id: UUID) -> UUID:
        """Return the client id of a record without decrypting it; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT client_id FROM {} WHERE provider_id = %s AND id = %s").format(self._table),
            (self._vault.tenant, record_id),
        ).fetchone()
        if row is None:
            raise self._not_found()
        client_id: UUID = row["client_id"]
        return client_id

    def delete(self, record_id: UUID) -> None:
        """Delete a record; raise `NotFound`."""
        gone = self._work.execute(
            SQL("DELETE FROM {} WHERE provider_id = %s AND id = %s").format(self._table),
            (self._vault.tenant, record_id),
        )
        if gone.rowcount == 0:
            raise self._not_found()

    def list(self, record_filter: RecordFilter, limit: int) -> list[Stored[T]]:
        """Return at most `limit` records, the latest first."""
        conditions, values = self._conditions(record_filter)
        rows = self._work.execute(
            SQL("SELECT {} FROM {} WHERE {} ORDER BY {order} DESC, id DESC LIMIT %(limit)s").format(
                self._columns(),
                self._table,
                SQL(" AND ").join(conditions),
                order=Identifier(self._record_type.sort_column),
            ),
            values | {"limit": limit},
        ).fetchall()
        self._vault.load(list({row["client_id"] for row in rows}))
        return [self._opened_or_placeholder(row) for row in rows]

    def _conditions(
        self, record_filter: RecordFilter
    ) -> tuple[Sequence[Composable], dict[str, Any]]:
        order = Identifier(self._record_type.sort_column)
        found: list[Composable] = [SQL("provider_id = %(provider_id)s")]
        values: dict[str, Any] = {"provider_id": self._vault.tenant}
        if record_filter.client_id is not None:
            found.append(SQL("client_id = %(client_id)s"))
            values["client_id"] = record_filter.client_id
        for name, value in (record_filter.equal or {}).items():
            found.append(SQL("{} = {}").format(Identifier(name), Placeholder(name)))
            values[name] = value
        if record_filter.since is not None:
            found.append(SQL("{} >= %(since)s").format(order))
            values["since"] = record_filter.since
        if record_filter.until is not None:
            found.append(SQL("{} < %(until)s").format(order))
            values["until"] = record_filter.until
        if record_filter.after is not None:
            found.append(SQL("({}, id) < (%(moment)s, %(last)s)").format(order))
            values["moment"], values["last"] = record_filter.after
        return found, values

    def _columns(self) -> Composable:
        always = ("id", "client_id", "encrypted_payload", "version", "created_at", "updated_at")
        names = dict.fromkeys((*always, *self._record_type.columns))
        return SQL(", ").join(map(Identifier, names))

    def _seal(self, record_id: UUID, client_id: UUID, entry: T) -> bytes:
        # The share lock lasts to the end of the transaction: no re-key can run in between.
        row = self._work.execute(
            "SELECT key_version FROM crm.clients WHERE provider_id = %s AND id = %s FOR SHARE",
            (self._vault.tenant, client_id),
        ).fetchone()
        if row is None:
            raise client_not_found()
        place = DocumentRef(self._record_type.table, record_id, client_id)
        return self._vault.seal(place, entry.encrypted_payload(), row["key_version"])

    def _opened(self, row: Mapping[str, Any]) -> Stored[T]:
        # Retention leaves an empty document: its client has no key to encrypt another with.
        document = (
            self._vault.open(self._document_ref(row), bytes(row["encrypted_payload"]))
            if row["encrypted_payload"]
            else {}
        )
        return self._stored(row, document)

    def _opened_or_placeholder(self, row: Mapping[str, Any]) -> Stored[T]:
        if not row["encrypted_payload"]:
            return self._stored(row, {})
        document = decrypt_or_none(
            self._work, self._vault, self._document_ref(row), bytes(row["encrypted_payload"])
        )
        if document is None:
            return replace(
                self._stored(row, translated_placeholder(self._record_type.placeholder)),
                opens=False,
            )
        return self._stored(row, document)

    def _document_ref(self, row: Mapping[str, Any]) -> DocumentRef:
        return DocumentRef(self._record_type.table, row["id"], row["client_id"])

    def _stored(self, row: Mapping[str, Any], document: Mapping[str, Any]) -> Stored[T]:
        clear = {name: row[name] for name in self._record_type.columns}
        return Stored(
            row["id"],
            row["client_id"],
            row["version"],
            row["created_at"],
            row["updated_at"],
            self._record_type.payload_type.from_columns(clear, document),
        )

    def _not_found(self) -> NotFound:
        return NotFound("no-such-entry", _(self._record_type.not_found))


def record_id_taken() -> Conflict:
    """Return the error for an id that another record has."""
    return Conflict("id-taken", _("This id is already in use: send a new one."), field="id")


def version_conflict() -> PreconditionFailed:
    """Return the error for an update of a changed record."""
    return PreconditionFailed(
        "changed-meanwhile", _("This was changed in the meantime: reload it and try again.")
    )
