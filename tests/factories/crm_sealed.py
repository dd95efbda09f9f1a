"""A book with a document in every table, over the real database and keys in memory; a function that dies in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from crm.domain.clients import ClientProfile, ClientStatus
from crm.repository.clients import ClientRepository
from crm.repository.rekey import TABLES, EncryptedTable, KeyOwner, RekeyRepository
from crm.repository.workspaces import WorkspaceRepository
from crm.service.audit_log import AuditLog
from crm.service.rekey import RekeyJob, RekeyProgress
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import DocumentRef, Keyring, OpenVault, UnlockToken
from crm.vault.table import KeyTable
from kit.db import Database, Parameters, Row, UnitOfWork
from kit.ids import new_id
from tests.fakes.vault_cloud import FakeCloud

PHONE = ("phone", "+49301234567")
MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
# What the tables want besides, in clear.
CLEAR: dict[str, dict[str, Any]] = {
    "screenings": {"type": "other"},
    "visits": {
        "starts_at": MOMENT, "time_zone": "Europe/Berlin", "duration_minutes": 60, "type": "incall",
        "status": "planned", "currency": "EUR",
    },
    "client_references": {"forgotten_on": MOMENT},
    "communications": {"type": "email", "direction": "inbound", "happened_at": MOMENT},
    "area_subscriptions": {"area_token": b"\0" * 16, "consented_at": MOMENT},
    "client_merges": {"merged_at": MOMENT},
    "tasks": {"key_version": 1},
    "legal_holds": {"placed_at": MOMENT},
    "imports": {"kind": "clients", "rows": 1},
    "data_request_cases": {"delete_at": MOMENT},
    "campaign_recipients": {"written_at": MOMENT},
    "import_chunks": {"number": 1, "what": "clients", "rows": 1},
}  # fmt: skip
STAMPED = {
    "client_merges",
    "legal_holds",
    "import_chunks",
    "data_request_cases",
    "campaign_recipients",
}
"""Those that have no times of change."""


class Dying(UnitOfWork):
    """A transaction whose writes and whose commit may be the last thing that happens."""

    def __init__(self, database: Database, cloud: FakeCloud) -> None:
        super().__init__(database)
        self._cloud = cloud

    def execute(
        self,
        query: str | SQL | Composed,
        params: Parameters | None = None,
        *,
        prepare: bool | None = None,
    ) -> psycopg.Cursor[Row]:
        """Run one statement; a write is counted with the calls to the cloud."""
        text = query if isinstance(query, str) else query.as_string()
        run: Callable[[], Any] = lambda: super(Dying, self).execute(query, params, prepare=prepare)  # noqa: E731
        if text.startswith(("INSERT", "UPDATE", "DELETE")):
            cursor: psycopg.Cursor[Row] = self._cloud.call("sql", "write", run)
            return cursor
        return super().execute(query, params, prepare=prepare)

    def commit(self) -> None:
        """Make it so."""
        self._cloud.call("sql", "commit", super().commit)


@dataclass
class SealedBook:
    """One provider's."""

    databases: Callable[[str], Database]
    cloud: FakeCloud
    moment: datetime = MOMENT
    provider_id: UUID = field(default_factory=new_id)
    unlock: UnlockToken | None = None

    def __post_init__(self) -> None:
        """Have keys in memory."""
        self.keyring = Keyring("CrmKeys", self.cloud.kms.create_key(), self.now)
        self.database, self.other = self.databases("crm_web"), self.databases("crm_web")

    def now(self) -> datetime:
        """Return the time of this book."""
        return self.moment

    @contextmanager
    def desk(self, *, may_die: bool = False, elsewhere: bool = False) -> Iterator[UnlockedContext]:
        """An opened book in a transaction, undone where something goes wrong; `elsewhere`: at the same time."""
        database = self.other if elsewhere else self.database
        work = Dying(database, self.cloud) if may_die else database.begin()
        try:
            set_tenant(work, self.provider_id)
            yield UnlockedContext(work, self.keyring.open(self.provider_id, self.unlock), self.now)
            work.commit()
        finally:
            work.rollback()

    def rekey(self, desk: UnlockedContext) -> RekeyJob:
        """Return the job."""
        trail = AuditLog(desk.work, self.provider_id, self.now)
        return RekeyJob(desk, self.keyring, KeyTable("CrmKeys"), self.unlock, trail)

    def begin(self, names: tuple[str, ...] = ("Leo Brandt",)) -> dict[str, UUID]:
        """Begin it, with clients of whom there is something in every table; return them by name."""
        self.keyring.create(self.provider_id)
        with self.database.transaction() as work:
            set_tenant(work, self.provider_id)
            WorkspaceRepository(work).ensure(self.provider_id, self.moment)
        with self.desk() as desk:
            clients = {name: self.client(desk, name) for name in names}
            for client_id in clients.values():
                self.documents(desk, client_id)
        return clients

    def client(self, desk: UnlockedContext, name: str) -> UUID:
        """Keep somebody."""
        client_id = new_id()
        details = ClientProfile(name=name, phones=(PHONE[1],), tags=("calm",))
        ClientRepository(desk.work, desk.vault).add(client_id, details, ClientStatus(), self.moment)
        return client_id

    def documents(self, desk: UnlockedContext, client_id: UUID) -> None:
        """Have a document in every table: about the client, and about nobody where that may be."""
        for table in TABLES:
            if table.key_owner is not KeyOwner.PROVIDER:
                self.write(desk, table, client_id)
            if table.key_owner is not KeyOwner.CLIENT:
                self.write(desk, table, None)

    def write(self, desk: UnlockedContext, table: EncryptedTable, client_id: UUID | None) -> UUID:
        """Put a document into a table, as a writer of now does."""
        row_id = new_id()
        generation = desk.vault.generation
        if client_id is not None:
            generation = ClientRepository(desk.work, desk.vault).lock(client_id)
        document = {
            "area": "Berlin",
            "email": f"{row_id}@example.test",
            "secret": f"{table.name} {row_id}",
        }
        place = DocumentRef(table.name, row_id, client_id)
        values = {
            "id": row_id,
            "provider_id": self.provider_id,
            "encrypted_payload": desk.vault.seal(place, document, generation),
            **CLEAR.get(table.name, {}),
        }
        if table.has_key_version:
            values["key_version"] = generation
        if client_id is not None:
            values["client_id"] = client_id
        if table.name == "campaign_recipients":
            values |= dict.fromkeys(("address_token", "link_hash"), row_id.bytes)
            values["client_id"] = row_id
        if table.name == "client_merges":
            values["absorbed_id"] = new_id()
        if table.name == "import_chunks":
            [first, *_] = desk.work.execute("SELECT max(id::text)::uuid AS id FROM crm.imports")
            values["import_id"] = first["id"]
        if table.name not in STAMPED:
            values |= {"created_at": self.moment} | (
                {} if table.name == "imports" else {"updated_at": self.moment}
            )
        desk.work.execute(
            SQL("INSERT INTO {} ({}) VALUES ({})").format(
                Identifier("crm", table.name),
                SQL(", ").join(map(Identifier, values)),
                SQL(", ").join(map(Placeholder, values)),
            ),
            values,
        )
        return row_id

    def everything(self) -> dict[str, Any]:
        """Return every document of the book, opened."""
        found: dict[str, Any] = {}
        with self.desk() as desk:
            for row in desk.work.execute(
                "SELECT id, encrypted_payload FROM crm.clients ORDER BY id"
            ).fetchall():
                place = DocumentRef("clients", row["id"], row["id"])
                found[f"clients {row['id']}"] = desk.vault.open(
                    place, bytes(row["encrypted_payload"])
                )
            for table in TABLES:
                found |= self._opened(desk, table)
        return found

    def generations_written(self) -> set[int]:
        """Return the generations that any document in the tables is under."""
        with self.desk() as desk:
            written: set[int] = set()
            for name in ("clients", "tags", *(table.name for table in TABLES)):
                rows = desk.work.execute(
                    SQL(
                        "SELECT substring(encrypted_payload FROM 2 FOR 4) AS g FROM {} WHERE encrypted_payload <> ''"
                    ).format(Identifier("crm", name))
                )
                written |= {int.from_bytes(bytes(row["g"])) for row in rows}
            return written

    def found(self) -> set[UUID]:
        """Return who is found by the phone number that all have."""
        with self.desk() as desk:
            return set(ClientRepository(desk.work, desk.vault).ids_by_token(*PHONE))

    def areas(self) -> tuple[set[bytes], set[bytes]]:
        """Return which areas stand in the table, and which may."""
        with self.desk() as desk:
            rows = desk.work.execute("SELECT area_token FROM crm.area_subscriptions").fetchall()
            return {bytes(row["area_token"]) for row in rows}, set(
                desk.vault.blind_indexes("area", "berlin")
            )

    def live(self) -> list[int]:
        """Return the generations whose keys are there."""
        return self.keyring.open(self.provider_id, self.unlock).generations

    def settle(self) -> RekeyProgress:
        """Seal everything anew, let the time pass, and drop what is old."""
        with self.desk() as desk:
            self.rekey(desk).process_batch()
        self.moment += timedelta(minutes=16)
        with self.desk() as desk:
            return self.rekey(desk).process_batch()

    def old_rows(self) -> int:
        """Return how many clients are left."""
        with self.desk() as desk:
            return RekeyRepository(desk.work, desk.vault).clients_left()[0]

    def _opened(self, desk: UnlockedContext, table: EncryptedTable) -> dict[str, Any]:
        owner = SQL("NULL" if table.key_owner is KeyOwner.PROVIDER else "client_id")
        rows = desk.work.execute(
            SQL("SELECT id, {} AS client_id, encrypted_payload FROM {}").format(
                owner, Identifier("crm", table.name)
            )
        ).fetchall()
        return {
            f"{table.name} {row['id']}": _open(desk.vault, table, row)
            for row in rows
            if row["encrypted_payload"]
        }


def _open(vault: OpenVault, table: EncryptedTable, row: Row) -> dict[str, Any]:
    return vault.open(
        DocumentRef(table.name, row["id"], row["client_id"]), bytes(row["encrypted_payload"])
    )
