"""The tables `crm.clients` and `crm.client_search_tokens`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier

from crm.domain.clients import Client, ClientProfile, ClientStatus
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.repository.decryption import UNREADABLE_LABEL, decrypt_or_none
from crm.vault import ClientShredded, DecryptionFailed, DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import NotFound, PreconditionFailed

TABLE = "clients"
_SHUT = {"name": UNREADABLE_LABEL}
_COLUMNS = SQL(
    "id, encrypted_payload, screening_status, communication_preference, source, version, created_at, updated_at,"
    " archived_at"
)

type Order = Literal["updated_at", "created_at"]
type Token = tuple[str, str]
"""Kind and value of something by which a client is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilter:
    """Which of them: all of `tokens`, and what is in clear; from `after` on."""

    tokens: Sequence[Token] = ()
    screening_status: ClientScreeningStatus | None = None
    communication_preference: CommunicationPreference | None = None
    source: ClientSource | None = None
    archived: bool = False
    order: Order = "updated_at"
    after: tuple[datetime, UUID] | None = None


class ClientRepository:
    """The people in one book."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self, client_id: UUID, details: ClientProfile, standing: ClientStatus, moment: datetime
    ) -> Client:
        """Keep somebody new, under a key of their own."""
        self._vault.new_client(client_id)
        self._work.execute(
            """
            INSERT INTO crm.clients (id, provider_id, encrypted_payload, key_version, screening_status,
                communication_preference, source, created_at, updated_at, archived_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (
                client_id,
                self._vault.tenant,
                self._vault.seal(_document_ref(client_id), details.encrypted_payload()),
                self._vault.generation,
                standing.screening_status,
                standing.communication_preference,
                standing.source,
                moment,
                moment,
                standing.archived_at,
            ),
        )
        self._index(client_id, details)
        return Client(
            id=client_id,
            profile=details,
            status=standing,
            version=1,
            created_at=moment,
            updated_at=moment,
        )

    def get(self, client_id: UUID) -> Client:
        """Return somebody; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT {} FROM crm.clients WHERE provider_id = %s AND id = %s").format(_COLUMNS),
            (self._vault.tenant, client_id),
        ).fetchone()
        if row is None:
            raise client_not_found()
        return self._opened(row)

    def get_many(self, client_ids: Iterable[UUID], *, alone: bool = False) -> list[Client]:
        """Return those who are there, by id; `alone`: nobody else writes to them until the transaction ends."""
        return [self._opened(row) for row in self._rows(client_ids, alone=alone)]

    def get_many_or_placeholder(
        self, client_ids: Iterable[UUID], *, alone: bool = False
    ) -> list[Client]:
        """Return the same for a list: one who does not open is in it, and says so."""
        return [self._shown(row) for row in self._rows(client_ids, alone=alone)]

    def lock(self, client_id: UUID, *, alone: bool = False) -> int:
        """Keep somebody from being re-keyed (or, `alone`, from being written to) until the end of the transaction.

        Returns the generation of the key to seal under; raises `NotFound`.
        """
        lock = SQL("FOR UPDATE" if alone else "FOR SHARE")
        row = self._work.execute(
            SQL("SELECT key_version FROM crm.clients WHERE provider_id = %s AND id = %s {}").format(
                lock
            ),
            (self._vault.tenant, client_id),
        ).fetchone()
        if row is None:
            raise client_not_found()
        generation: int = row["key_version"]
        return generation

    def update(
        self,
        client_id: UUID,
        version: int,
        details: ClientProfile,
        standing: ClientStatus,
        moment: datetime,
    ) -> Client:
        """Change somebody who is at `version`; raise `NotFound`, or `PreconditionFailed` where they are not."""
        generation = self.lock(client_id, alone=True)
        row = self._work.execute(
            """
            UPDATE crm.clients SET encrypted_payload = %s, screening_status = %s, communication_preference = %s,
                archived_at = %s, updated_at = %s, version = version + 1
            WHERE provider_id = %s AND id = %s AND version = %s
            RETURNING version, created_at
            """,
            (
                self._vault.seal(_document_ref(client_id), details.encrypted_payload(), generation),
                standing.screening_status,
                standing.communication_preference,
                standing.archived_at,
                moment,
                self._vault.tenant,
                client_id,
                version,
            ),
        ).fetchone()
        if row is None:
            raise PreconditionFailed(
                "changed-meanwhile", "This was changed meanwhile: look at it again, then repeat."
            )
        self.reindex(client_id, details)
        return Client(
            id=client_id,
            profile=details,
            status=standing,
            version=row["version"],
            created_at=row["created_at"],
            updated_at=moment,
        )

    def reindex(self, client_id: UUID, details: ClientProfile) -> None:
        """Let somebody, who is held, be found by what they are now, under the current keys."""
        self._unindex(client_id)
        self._index(client_id, details)

    def delete(self, client_id: UUID) -> None:
        """Take somebody and all that is about them out of the tables; their key is the caller's to shred."""
        gone = self._work.execute(
            "DELETE FROM crm.clients WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, client_id),
        )
        if gone.rowcount == 0:
            raise client_not_found()

    def names(self, client_ids: Iterable[UUID]) -> dict[UUID, str]:
        """Return what they are called, for lists of other things."""
        rows = self._work.execute(
            "SELECT id, encrypted_payload FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, list(set(client_ids))),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return {row["id"]: self._document(row)["name"] for row in rows}

    def ids_by_token(self, kind: str, value: str) -> list[UUID]:
        """Return who is found by exactly this, the first in the book first."""
        rows = self._work.execute(
            """
            SELECT DISTINCT client_id FROM crm.client_search_tokens
            WHERE provider_id = %s AND kind = %s AND token = ANY(%s) ORDER BY client_id
            """,
            (self._vault.tenant, kind, self._vault.blind_indexes(kind, value)),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def _rows(self, client_ids: Iterable[UUID], *, alone: bool) -> Sequence[Mapping[str, Any]]:
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.clients WHERE provider_id = %s AND id = ANY(%s) ORDER BY id {}"
            ).format(_COLUMNS, SQL("FOR UPDATE" if alone else "")),
            (self._vault.tenant, list(set(client_ids))),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return rows

    def _conditions(self, wanted: ClientFilter) -> tuple[list[Composable], dict[str, Any]]:
        found: list[Composable] = [
            SQL("c.provider_id = %(provider_id)s"),
            SQL("archived_at IS NOT NULL" if wanted.archived else "archived_at IS NULL"),
        ]
        values: dict[str, Any] = {"provider_id": self._vault.tenant}
        for name in ("screening_status", "communication_preference", "source"):
            if (value := getattr(wanted, name)) is not None:
                found.append(SQL("{} = {}").format(Identifier(name), SQL(f"%({name})s")))
                values[name] = value
        for number, (kind, value) in enumerate(wanted.tokens):
            found.append(
                SQL(
                    "EXISTS (SELECT FROM crm.client_search_tokens t WHERE t.provider_id = c.provider_id"
                    " AND t.client_id = c.id AND t.kind = {} AND t.token = ANY({}))"
                ).format(SQL(f"%(kind{number})s"), SQL(f"%(tokens{number})s"))
            )
            values[f"kind{number}"] = kind
            values[f"tokens{number}"] = self._vault.blind_indexes(kind, value)
        if wanted.after is not None:
            found.append(SQL("({}, id) < (%(moment)s, %(last)s)").format(Identifier(wanted.order)))
            values["moment"], values["last"] = wanted.after
        return found, values

    def _index(self, client_id: UUID, details: ClientProfile) -> None:
        tokens = [(kind, self._vault.blind_index(kind, value)) for kind, value in details.tokens()]
        self._work.execute(
            """
            INSERT INTO crm.client_search_tokens (provider_id, kind, token, client_id)
            SELECT %s, kind, token, %s FROM unnest(%s::text[], %s::bytea[]) AS t (kind, token)
            ON CONFLICT (provider_id, kind, token, client_id) DO NOTHING
            """,
            (
                self._vault.tenant,
                client_id,
                [kind for kind, _ in tokens],
                [token for _, token in tokens],
            ),
        )

    def _unindex(self, client_id: UUID) -> None:
        self._work.execute(
            "DELETE FROM crm.client_search_tokens WHERE provider_id = %s AND client_id = %s",
            (self._vault.tenant, client_id),
        )

    def _document(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        place = _document_ref(row["id"])
        return (
            decrypt_or_none(self._work, self._vault, place, bytes(row["encrypted_payload"]))
            or _SHUT
        )

    def _opened(self, row: Mapping[str, Any]) -> Client:
        return _client(
            row, self._vault.open(_document_ref(row["id"]), bytes(row["encrypted_payload"]))
        )

    def _shown(self, row: Mapping[str, Any]) -> Client:
        document = self._document(row)
        return replace(_client(row, document), is_readable=document is not _SHUT)

    def list(self, wanted: ClientFilter, limit: int) -> list[Client]:
        """Return at most `limit`, the latest by `wanted.order` first."""
        conditions, values = self._conditions(wanted)
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.clients c WHERE {} ORDER BY {order} DESC, id DESC LIMIT %(limit)s"
            ).format(_COLUMNS, SQL(" AND ").join(conditions), order=Identifier(wanted.order)),
            values | {"limit": limit},
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return [self._shown(row) for row in rows]


def _client(row: Mapping[str, Any], document: Mapping[str, Any]) -> Client:
    return Client(
        id=row["id"],
        profile=ClientProfile.from_payload(document),
        status=ClientStatus(
            screening_status=ClientScreeningStatus(row["screening_status"]),
            communication_preference=CommunicationPreference(row["communication_preference"]),
            source=ClientSource(row["source"]),
            archived_at=row["archived_at"],
        ),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _document_ref(client_id: UUID) -> DocumentRef:
    return DocumentRef(TABLE, client_id, client_id)


def client_not_found() -> NotFound:
    """Return the answer about somebody who is not in this book."""
    return NotFound("no-such-client", "There is no such client in your book.")


class BulkClientRepository:
    """The people in one book, hundreds of them in one statement."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def ids_by_tokens(self, tokens: Iterable[Token]) -> dict[Token, set[UUID]]:
        """Return who is found by each of these."""
        asked = {
            (kind, blind): (kind, value)
            for kind, value in tokens
            for blind in self._vault.blind_indexes(kind, value)
        }
        rows = self._work.execute(
            """
            SELECT t.kind, t.token, t.client_id FROM crm.client_search_tokens t
            JOIN unnest(%s::text[], %s::bytea[]) AS asked (kind, token)
                ON t.kind = asked.kind AND t.token = asked.token
            WHERE t.provider_id = %s
            """,
            ([kind for kind, _ in asked], [blind for _, blind in asked], self._vault.tenant),
        ).fetchall()
        found: dict[Token, set[UUID]] = defaultdict(set)
        for row in rows:
            found[asked[row["kind"], bytes(row["token"])]].add(row["client_id"])
        return found

    def lock(self, client_ids: Iterable[UUID]) -> dict[UUID, tuple[ClientProfile, int]]:
        """Return what is kept of those that are there, with their keys' generation; held until the end.

        One that does not open is left out: nothing is added to what nobody can read.
        """
        rows = self._work.execute(
            "SELECT id, encrypted_payload, key_version FROM crm.clients WHERE provider_id = %s"
            " AND id = ANY(%s) ORDER BY id FOR UPDATE",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        found = {}
        for row in rows:
            place = DocumentRef(TABLE, row["id"], row["id"])
            try:
                details = ClientProfile.from_payload(
                    self._vault.open(place, bytes(row["encrypted_payload"]))
                )
            except (DecryptionFailed, ClientShredded):
                continue
            found[row["id"]] = (details, row["key_version"])
        return found

    def existing_ids(self, client_ids: Iterable[UUID]) -> set[UUID]:
        """Return those that are in the book, readable or not."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def add(self, new: Mapping[UUID, tuple[ClientProfile, ClientStatus]], moment: datetime) -> None:
        """Keep somebody new for each id, under keys of their own."""
        if not new:
            return
        self._vault.new_clients(list(new))
        self._work.execute(
            """
            INSERT INTO crm.clients (id, provider_id, encrypted_payload, key_version, screening_status,
                communication_preference, source, created_at, updated_at)
            SELECT id, %s, encrypted_payload, %s, screening::crm.client_screening_status,
                preference::crm.communication_preference, source::crm.client_source, %s, %s
            FROM unnest(%s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[])
                AS t (id, encrypted_payload, screening, preference, source)
            """,
            (
                self._vault.tenant,
                self._vault.generation,
                moment,
                moment,
                list(new),
                [self._sealed(one, details, None) for one, (details, _) in new.items()],
                [standing.screening_status for _, standing in new.values()],
                [standing.communication_preference for _, standing in new.values()],
                [standing.source for _, standing in new.values()],
            ),
        )
        self.index({client_id: details for client_id, (details, _) in new.items()})

    def replace(self, changed: Mapping[UUID, tuple[ClientProfile, int]], moment: datetime) -> None:
        """Change those that are held; each with the generation of its keys."""
        if not changed:
            return
        self._work.execute(
            """
            UPDATE crm.clients c SET encrypted_payload = t.encrypted_payload, updated_at = %s, version = c.version + 1
            FROM unnest(%s::uuid[], %s::bytea[]) AS t (id, encrypted_payload)
            WHERE c.provider_id = %s AND c.id = t.id
            """,
            (
                moment,
                list(changed),
                [self._sealed(one, *stored) for one, stored in changed.items()],
                self._vault.tenant,
            ),
        )
        self.unindex(list(changed))
        self.index({client_id: details for client_id, (details, _) in changed.items()})

    def index(self, clients: Mapping[UUID, ClientProfile]) -> None:
        """Let them be found by all that is known of them."""
        rows = [
            (client_id, kind, self._vault.blind_index(kind, value))
            for client_id, details in clients.items()
            for kind, value in details.tokens()
        ]
        self._work.execute(
            """
            INSERT INTO crm.client_search_tokens (provider_id, kind, token, client_id)
            SELECT %s, kind, token, client_id
            FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS t (client_id, kind, token)
            ON CONFLICT (provider_id, kind, token, client_id) DO NOTHING
            """,
            (
                self._vault.tenant,
                [client_id for client_id, _, _ in rows],
                [kind for _, kind, _ in rows],
                [token for _, _, token in rows],
            ),
        )

    def unindex(self, client_ids: Sequence[UUID]) -> None:
        """Let them not be found any more."""
        self._work.execute(
            "DELETE FROM crm.client_search_tokens WHERE provider_id = %s AND client_id = ANY(%s)",
            (self._vault.tenant, list(client_ids)),
        )

    def _sealed(self, client_id: UUID, details: ClientProfile, generation: int | None) -> bytes:
        return self._vault.seal(
            DocumentRef(TABLE, client_id, client_id), details.encrypted_payload(), generation
        )
