"""Workspace with a document in every encrypted table, over the database and keys in memory, and simulated crashes."""

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
# Required plaintext columns of each table.
PLAINTEXT_COLUMNS: dict[str, dict[str, Any]] = {
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
    "campaign_recipients": {"last_emailed_at": MOMENT},
    "import_chunks": {"number": 1, "what": "clients", "rows": 1},
}  # fmt: skip
TABLES_WITHOUT_TIMESTAMPS = {
    "client_merges",
    "legal_holds",
    "import_chunks",
    "data_request_cases",
    "campaign_recipients",
}
"""Tables without times of creation and change."""


class CrashingUnitOfWork(UnitOfWork):
    """Transaction that can crash at any write and at the commit."""

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
        """Execute a statement; writes count as calls together with those to the cloud."""
        text = query if isinstance(query, str) else query.as_string()
        run: Callable[[], Any] = lambda: super(CrashingUnitOfWork, self).execute(  # noqa: E731
            query, params, prepare=prepare
        )
        if text.startswith(("INSERT", "UPDATE", "DELETE")):
            cursor: psycopg.Cursor[Row] = self._cloud.call("sql", "write", run)
            return cursor
        return super().execute(query, params, prepare=prepare)

    def commit(self) -> None:
        """Commit the transaction, counted as a call."""
        self._cloud.call("sql", "commit", super().commit)


@dataclass
class RekeyFixture:
    """Workspace of one provider for re-key tests."""

    databases: Callable[[str], Database]
    cloud: FakeCloud
    moment: datetime = MOMENT
    provider_id: UUID = field(default_factory=new_id)
    unlock: UnlockToken | None = None

    def __post_init__(self) -> None:
        """Create keys in memory."""
        self.keyring = Keyring("CrmKeys", self.cloud.kms.create_key(), self.now)
        self.database, self.other = self.databases("crm_web"), self.databases("crm_web")

    def now(self) -> datetime:
        """Return the time of this workspace."""
        return self.moment

    @contextmanager
    def unlocked(
        self, *, may_die: bool = False, elsewhere: bool = False
    ) -> Iterator[UnlockedContext]:
        """Open the workspace in a transaction, rolled back on errors; `elsewhere` uses a second connection."""
        database = self.other if elsewhere else self.database
        work = CrashingUnitOfWork(database, self.cloud) if may_die else database.begin()
        try:
            set_tenant(work, self.provider_id)
            yield UnlockedContext(work, self.keyring.open(self.provider_id, self.unlock), self.now)
            work.commit()
        finally:
            work.rollback()

    def rekey_job(self, context: UnlockedContext) -> RekeyJob:
        """Return the re-key job."""
        log = AuditLog(context.work, self.provider_id, self.now)
        return RekeyJob(context, self.keyring, KeyTable("CrmKeys"), self.unlock, log)

    def create_workspace(self, names: tuple[str, ...] = ("Leo Brandt",)) -> dict[str, UUID]:
        """Create the workspace, with clients that have rows in every table; return their ids by name."""
        self.keyring.create(self.provider_id)
        with self.database.transaction() as work:
            set_tenant(work, self.provider_id)
            WorkspaceRepository(work).ensure(self.provider_id, self.moment)
        with self.unlocked() as context:
            clients = {name: self.create_client(context, name) for name in names}
            for client_id in clients.values():
                self.write_documents(context, client_id)
        return clients

    def create_client(self, context: UnlockedContext, name: str) -> UUID:
        """Add a client."""
        client_id = new_id()
        details = ClientProfile(name=name, phones=(PHONE[1],), tags=("calm",))
        ClientRepository(context.work, context.vault).add(
            client_id, details, ClientStatus(), self.moment
        )
        return client_id

    def write_documents(self, context: UnlockedContext, client_id: UUID) -> None:
        """Write a document to every table: about the client, and without a client where allowed."""
        for table in TABLES:
            if table.key_owner is not KeyOwner.PROVIDER:
                self.write_document(context, table, client_id)
            if table.key_owner is not KeyOwner.CLIENT:
                self.write_document(context, table, None)

    def write_document(
        self, context: UnlockedContext, table: EncryptedTable, client_id: UUID | None
    ) -> UUID:
        """Write a document to a table, as current code does."""
        row_id = new_id()
        generation = context.vault.generation
        if client_id is not None:
            generation = ClientRepository(context.work, context.vault).lock(client_id)
        document = {
            "area": "Berlin",
            "email": f"{row_id}@example.test",
            "secret": f"{table.name} {row_id}",
        }
        place = DocumentRef(table.name, row_id, client_id)
        values = {
            "id": row_id,
            "provider_id": self.provider_id,
            "encrypted_payload": context.vault.seal(place, document, generation),
            **PLAINTEXT_COLUMNS.get(table.name, {}),
        }
        if table.has_key_version:
            values["key_version"] = generation
        if client_id is not None:
            values["client_id"] = client_id
        if table.name == "campaign_recipients":
            values |= dict.fromkeys(("address_token", "unsubscribe_hash"), row_id.bytes)
            values["client_id"] = row_id
        if table.name == "client_merges":
            values["absorbed_id"] = new_id()
        if table.name == "import_chunks":
            [first, *_] = context.work.execute("SELECT max(id::text)::uuid AS id FROM crm.imports")
            values["import_id"] = first["id"]
        if table.name not in TABLES_WITHOUT_TIMESTAMPS:
            values |= {"created_at": self.moment} | (
                {} if table.name == "imports" else {"updated_at": self.moment}
            )
        context.work.execute(
            SQL("INSERT INTO {} ({}) VALUES ({})").format(
                Identifier("crm", table.name),
                SQL(", ").join(map(Identifier, values)),
                SQL(", ").join(map(Placeholder, values)),
            ),
            values,
        )
        return row_id

    def all_documents(self) -> dict[str, Any]:
        """Return every document of the workspace, decrypted."""
        found: dict[str, Any] = {}
        with self.unlocked() as context:
            for row in context.work.execute(
                "SELECT id, encrypted_payload FROM crm.clients ORDER BY id"
            ).fetchall():
                place = DocumentRef("clients", row["id"], row["id"])
                found[f"clients {row['id']}"] = context.vault.open(
                    place, bytes(row["encrypted_payload"])
                )
            for table in TABLES:
                found |= self._opened(context, table)
        return found

    def generations_in_use(self) -> set[int]:
        """Return the generations of all stored documents."""
        with self.unlocked() as context:
            written: set[int] = set()
            for name in ("clients", "tags", *(table.name for table in TABLES)):
                rows = context.work.execute(
                    SQL(
                        "SELECT substring(encrypted_payload FROM 2 FOR 4) AS g FROM {} WHERE encrypted_payload <> ''"
                    ).format(Identifier("crm", name))
                )
                written |= {int.from_bytes(bytes(row["g"])) for row in rows}
            return written

    def ids_with_phone(self) -> set[UUID]:
        """Return the ids of clients with the common phone number."""
        with self.unlocked() as context:
            return set(ClientRepository(context.work, context.vault).ids_by_token(*PHONE))

    def stored_and_valid_area_tokens(self) -> tuple[set[bytes], set[bytes]]:
        """Return the stored area tokens, and those of the current keys."""
        with self.unlocked() as context:
            rows = context.work.execute("SELECT area_token FROM crm.area_subscriptions").fetchall()
            return {bytes(row["area_token"]) for row in rows}, set(
                context.vault.blind_indexes("area", "berlin")
            )

    def live_generations(self) -> list[int]:
        """Return the generations whose keys exist."""
        return self.keyring.open(self.provider_id, self.unlock).generations

    def finish_rekey(self) -> RekeyProgress:
        """Re-encrypt everything, let the waiting period pass, and remove the old keys."""
        with self.unlocked() as context:
            self.rekey_job(context).process_batch()
        self.moment += timedelta(minutes=16)
        with self.unlocked() as context:
            return self.rekey_job(context).process_batch()

    def count_old_clients(self) -> int:
        """Return the number of clients under old keys."""
        with self.unlocked() as context:
            return RekeyRepository(context.work, context.vault).clients_left()[0]

    def _opened(self, context: UnlockedContext, table: EncryptedTable) -> dict[str, Any]:
        owner = SQL("NULL" if table.key_owner is KeyOwner.PROVIDER else "client_id")
        rows = context.work.execute(
            SQL("SELECT id, {} AS client_id, encrypted_payload FROM {}").format(
                owner, Identifier("crm", table.name)
            )
        ).fetchall()
        return {
            f"{table.name} {row['id']}": _open(context.vault, table, row)
            for row in rows
            if row["encrypted_payload"]
        }


def _open(vault: OpenVault, table: EncryptedTable, row: Row) -> dict[str, Any]:
    return vault.open(
        DocumentRef(table.name, row["id"], row["client_id"]), bytes(row["encrypted_payload"])
    )
