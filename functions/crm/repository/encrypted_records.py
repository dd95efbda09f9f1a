"""What is written down about clients: visits, checks, calls. One way for all of these tables.

A row is what may be in clear, and one sealed document. Who writes holds the client's row for share and seals under
the key that it names; a re-key takes that row for itself, so a document is never left under a key that goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from crm.repository.clients import client_not_found
from crm.repository.decryption import decrypt_or_none
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import Conflict, NotFound, PreconditionFailed
from kit.ids import new_id


class RecordPayload(Protocol):
    """Something that can be kept: its columns in clear, and what is sealed."""

    def plaintext_columns(self) -> dict[str, Any]:
        """Return what is kept in clear, by column."""

    def encrypted_payload(self) -> dict[str, Any]:
        """Return what is sealed, as JSON."""

    @classmethod
    def from_columns(cls, clear: Mapping[str, Any], document: Mapping[str, Any]) -> Self:
        """Return what was kept."""


@dataclass(frozen=True, slots=True)
class RecordType[T: RecordPayload]:
    """One table of such things."""

    table: str
    """In the schema `crm`; documents are bound to it."""
    entry: type[T]
    columns: tuple[str, ...]
    """What is in clear."""
    order: str
    """The column of time that lists go by, the latest first."""
    said: str
    """What one of them is called, in a sentence."""
    shut: Mapping[str, str]
    """What a list shows instead of a document that does not open."""


@dataclass(frozen=True, slots=True)
class Stored[T: RecordPayload]:
    """One of them, opened."""

    id: UUID
    client_id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    payload: T
    opens: bool = True
    """False in lists alone: then the entry says so, besides what is in clear."""


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which of them, and from where on. `equal`: columns and values; `since` and `until` bound the order column."""

    client_id: UUID | None = None
    equal: Mapping[str, Any] | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    """The last one that was seen."""


class EncryptedRecordRepository[T: RecordPayload]:
    """One table of things about clients."""

    def __init__(self, work: UnitOfWork, vault: OpenVault, kind: RecordType[T]) -> None:
        self._work = work
        self._vault = vault
        self._kind = kind
        self._table = Identifier("crm", kind.table)

    def add(
        self, client_id: UUID, entry: T, moment: datetime, *, record_id: UUID | None = None
    ) -> Stored[T]:
        """Keep a new one, or return what is there under `record_id`; raise `NotFound` where there is no such client."""
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
            # Sent twice. About somebody else it is no repetition.
            there = self.get(record_id)
            if there.client_id != client_id:
                raise record_id_taken()
            return there
        return Stored(record_id, client_id, 1, moment, moment, entry)

    def get(self, record_id: UUID) -> Stored[T]:
        """Return one; raise `NotFound`."""
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
        """Change one that is at `version`; raise `NotFound`, or `PreconditionFailed` where it is not."""
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
        """Return whom one is about, without opening it; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT client_id FROM {} WHERE provider_id = %s AND id = %s").format(self._table),
            (self._vault.tenant, record_id),
        ).fetchone()
        if row is None:
            raise self._not_found()
        client_id: UUID = row["client_id"]
        return client_id

    def delete(self, record_id: UUID) -> None:
        """Take one away; raise `NotFound` where there is none."""
        gone = self._work.execute(
            SQL("DELETE FROM {} WHERE provider_id = %s AND id = %s").format(self._table),
            (self._vault.tenant, record_id),
        )
        if gone.rowcount == 0:
            raise self._not_found()

    def list(self, wanted: RecordFilter, limit: int) -> list[Stored[T]]:
        """Return at most `limit`, the latest first."""
        conditions, values = self._conditions(wanted)
        rows = self._work.execute(
            SQL("SELECT {} FROM {} WHERE {} ORDER BY {order} DESC, id DESC LIMIT %(limit)s").format(
                self._columns(),
                self._table,
                SQL(" AND ").join(conditions),
                order=Identifier(self._kind.order),
            ),
            values | {"limit": limit},
        ).fetchall()
        self._vault.load(list({row["client_id"] for row in rows}))
        return [self._opened_or_placeholder(row) for row in rows]

    def _conditions(self, wanted: RecordFilter) -> tuple[Sequence[Composable], dict[str, Any]]:
        order = Identifier(self._kind.order)
        found: list[Composable] = [SQL("provider_id = %(provider_id)s")]
        values: dict[str, Any] = {"provider_id": self._vault.tenant}
        if wanted.client_id is not None:
            found.append(SQL("client_id = %(client_id)s"))
            values["client_id"] = wanted.client_id
        for name, value in (wanted.equal or {}).items():
            found.append(SQL("{} = {}").format(Identifier(name), Placeholder(name)))
            values[name] = value
        if wanted.since is not None:
            found.append(SQL("{} >= %(since)s").format(order))
            values["since"] = wanted.since
        if wanted.until is not None:
            found.append(SQL("{} < %(until)s").format(order))
            values["until"] = wanted.until
        if wanted.after is not None:
            found.append(SQL("({}, id) < (%(moment)s, %(last)s)").format(order))
            values["moment"], values["last"] = wanted.after
        return found, values

    def _columns(self) -> Composable:
        always = ("id", "client_id", "encrypted_payload", "version", "created_at", "updated_at")
        names = dict.fromkeys((*always, *self._kind.columns))
        return SQL(", ").join(map(Identifier, names))

    def _seal(self, record_id: UUID, client_id: UUID, entry: T) -> bytes:
        # Held for share until the end: no re-key comes in between.
        row = self._work.execute(
            "SELECT key_version FROM crm.clients WHERE provider_id = %s AND id = %s FOR SHARE",
            (self._vault.tenant, client_id),
        ).fetchone()
        if row is None:
            raise client_not_found()
        place = DocumentRef(self._kind.table, record_id, client_id)
        return self._vault.seal(place, entry.encrypted_payload(), row["key_version"])

    def _opened(self, row: Mapping[str, Any]) -> Stored[T]:
        # Retention leaves an empty one behind: it has no key to seal another with.
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
            return replace(self._stored(row, self._kind.shut), opens=False)
        return self._stored(row, document)

    def _document_ref(self, row: Mapping[str, Any]) -> DocumentRef:
        return DocumentRef(self._kind.table, row["id"], row["client_id"])

    def _stored(self, row: Mapping[str, Any], document: Mapping[str, Any]) -> Stored[T]:
        clear = {name: row[name] for name in self._kind.columns}
        return Stored(
            row["id"],
            row["client_id"],
            row["version"],
            row["created_at"],
            row["updated_at"],
            self._kind.entry.from_columns(clear, document),
        )

    def _not_found(self) -> NotFound:
        return NotFound("no-such-entry", f"There is no such {self._kind.said} in your book.")


def record_id_taken() -> Conflict:
    """Return the refusal of an id that something else has."""
    return Conflict("id-taken", "Something else has this id: send a fresh one.", field="id")


def version_conflict() -> PreconditionFailed:
    """Return the refusal of a change to something that is not as it was read."""
    return PreconditionFailed(
        "changed-meanwhile", "This was changed meanwhile: look at it again, then repeat."
    )
