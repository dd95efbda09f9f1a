"""A book with a document in every table, over the real database and keys in memory; a function that dies in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from crm.domain.clients import Details, Standing
from crm.repository.clients import Clients
from crm.repository.rekey import TABLES, SealedRows, SealedTable, Whose
from crm.repository.workspaces import Books
from crm.service.audit_log import Trail
from crm.service.rekey import Progress, Rekey
from crm.service.unlocked_context import Desk, enter_as
from crm.vault import Keyring, OpenVault, Place, Unlock
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
        "starts_at": MOMENT, "zone": "Europe/Berlin", "duration_minutes": 60, "type": "incall",
        "status": "planned", "currency": "EUR",
    },
    "client_references": {"forgotten_on": MOMENT},
    "communications": {"type": "email", "direction": "inbound", "happened_at": MOMENT},
    "area_notifications": {"area_token": b"\0" * 16, "consented_at": MOMENT},
    "merges": {"merged_at": MOMENT},
    "tasks": {"key_generation": 1},
    "holds": {"placed_at": MOMENT},
    "imports": {"kind": "clients", "rows": 1},
    "subject_cases": {"forget_at": MOMENT},
    "addressees": {"written_at": MOMENT},
    "import_slices": {"number": 1, "what": "clients", "rows": 1},
}  # fmt: skip
STAMPED = {"merges", "holds", "import_slices", "subject_cases", "addressees"}
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
    unlock: Unlock | None = None

    def __post_init__(self) -> None:
        """Have keys in memory."""
        self.keyring = Keyring("CrmKeys", self.cloud.kms.create_key(), self.now)
        self.database, self.other = self.databases("crm_web"), self.databases("crm_web")

    def now(self) -> datetime:
        """Return the time of this book."""
        return self.moment

    @contextmanager
    def desk(self, *, may_die: bool = False, elsewhere: bool = False) -> Iterator[Desk]:
        """An opened book in a transaction, undone where something goes wrong; `elsewhere`: at the same time."""
        database = self.other if elsewhere else self.database
        work = Dying(database, self.cloud) if may_die else database.begin()
        try:
            enter_as(work, self.provider_id)
            yield Desk(work, self.keyring.open(self.provider_id, self.unlock), self.now)
            work.commit()
        finally:
            work.rollback()

    def rekey(self, desk: Desk) -> Rekey:
        """Return the job."""
        trail = Trail(desk.work, self.provider_id, self.now)
        return Rekey(desk, self.keyring, KeyTable("CrmKeys"), self.unlock, trail)

    def begin(self, names: tuple[str, ...] = ("Leo Brandt",)) -> dict[str, UUID]:
        """Begin it, with clients of whom there is something in every table; return them by name."""
        self.keyring.create(self.provider_id)
        with self.database.transaction() as work:
            enter_as(work, self.provider_id)
            Books(work).begin(self.provider_id, self.moment)
        with self.desk() as desk:
            clients = {name: self.client(desk, name) for name in names}
            for client_id in clients.values():
                self.documents(desk, client_id)
        return clients

    def client(self, desk: Desk, name: str) -> UUID:
        """Keep somebody."""
        client_id = new_id()
        details = Details(name=name, phones=(PHONE[1],), tags=("calm",))
        Clients(desk.work, desk.vault).add(client_id, details, Standing(), self.moment)
        return client_id

    def documents(self, desk: Desk, client_id: UUID) -> None:
        """Have a document in every table: about the client, and about nobody where that may be."""
        for table in TABLES:
            if table.whose is not Whose.PROVIDER:
                self.write(desk, table, client_id)
            if table.whose is not Whose.CLIENT:
                self.write(desk, table, None)

    def write(self, desk: Desk, table: SealedTable, client_id: UUID | None) -> UUID:
        """Put a document into a table, as a writer of now does."""
        row_id = new_id()
        generation = desk.vault.generation
        if client_id is not None:
            generation = Clients(desk.work, desk.vault).hold(client_id)
        document = {
            "area": "Berlin",
            "email": f"{row_id}@example.test",
            "secret": f"{table.name} {row_id}",
        }
        place = Place(table.name, row_id, client_id)
        values = {
            "id": row_id,
            "provider_id": self.provider_id,
            "doc": desk.vault.seal(place, document, generation),
            **CLEAR.get(table.name, {}),
        }
        if table.numbered:
            values["key_generation"] = generation
        if client_id is not None:
            values["client_id"] = client_id
        if table.name == "addressees":
            values |= dict.fromkeys(("address_token", "link_hash"), row_id.bytes)
            values["client_id"] = row_id
        if table.name == "merges":
            values["absorbed_id"] = new_id()
        if table.name == "import_slices":
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
            for row in desk.work.execute("SELECT id, doc FROM crm.clients ORDER BY id").fetchall():
                place = Place("clients", row["id"], row["id"])
                found[f"clients {row['id']}"] = desk.vault.open(place, bytes(row["doc"]))
            for table in TABLES:
                found |= self._opened(desk, table)
        return found

    def generations_written(self) -> set[int]:
        """Return the generations that any document in the tables is under."""
        with self.desk() as desk:
            written: set[int] = set()
            for name in ("clients", "tags", *(table.name for table in TABLES)):
                rows = desk.work.execute(
                    SQL("SELECT substring(doc FROM 2 FOR 4) AS g FROM {} WHERE doc <> ''").format(
                        Identifier("crm", name)
                    )
                )
                written |= {int.from_bytes(bytes(row["g"])) for row in rows}
            return written

    def found(self) -> set[UUID]:
        """Return who is found by the phone number that all have."""
        with self.desk() as desk:
            return set(Clients(desk.work, desk.vault).with_token(*PHONE))

    def areas(self) -> tuple[set[bytes], set[bytes]]:
        """Return which areas stand in the table, and which may."""
        with self.desk() as desk:
            rows = desk.work.execute("SELECT area_token FROM crm.area_notifications").fetchall()
            return {bytes(row["area_token"]) for row in rows}, set(
                desk.vault.blind_all("area", "berlin")
            )

    def live(self) -> list[int]:
        """Return the generations whose keys are there."""
        return self.keyring.open(self.provider_id, self.unlock).generations

    def settle(self) -> Progress:
        """Seal everything anew, let the time pass, and drop what is old."""
        with self.desk() as desk:
            self.rekey(desk).go_on()
        self.moment += timedelta(minutes=16)
        with self.desk() as desk:
            return self.rekey(desk).go_on()

    def old_rows(self) -> int:
        """Return how many clients are left."""
        with self.desk() as desk:
            return SealedRows(desk.work, desk.vault).clients_left()[0]

    def _opened(self, desk: Desk, table: SealedTable) -> dict[str, Any]:
        owner = SQL("NULL" if table.whose is Whose.PROVIDER else "client_id")
        rows = desk.work.execute(
            SQL("SELECT id, {} AS client_id, doc FROM {}").format(
                owner, Identifier("crm", table.name)
            )
        ).fetchall()
        return {
            f"{table.name} {row['id']}": _open(desk.vault, table, row) for row in rows if row["doc"]
        }


def _open(vault: OpenVault, table: SealedTable, row: Row) -> dict[str, Any]:
    return vault.open(Place(table.name, row["id"], row["client_id"]), bytes(row["doc"]))
