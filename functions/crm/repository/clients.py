"""Tables `crm.clients` and `crm.client_search_tokens`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier

from crm.domain.clients import Client, ClientProfile, ClientStatus
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.repository.decryption import (
    UNREADABLE_LABEL,
    decrypt_or_none,
    translated_placeholder,
)
from crm.vault import ClientShredded, DecryptionFailed, DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import NotFound, PreconditionFailed
from kit.i18n import gettext as _

TABLE = "clients"
_UNREADABLE_PROFILE = {"name": UNREADABLE_LABEL}
_COLUMNS = SQL(
    "id, encrypted_payload, screening_status, communication_preference, source, version, created_at, updated_at,"
    " archived_at"
)

type Order = Literal["updated_at", "created_at"]
type Token = tuple[str, str]
"""Kind and value of a search token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFilter:
    """Filter of a client list: all of `tokens`, plaintext values, and the row `after` which the page starts."""

    tokens: Sequence[Token] = ()
    screening_status: ClientScreeningStatus | None = None
    communication_preference: CommunicationPreference | None = None
    source: ClientSource | None = None
    archived: bool = False
    order: Order = "updated_at"
    after: tuple[datetime, UUID] | None = None


class ClientRepository:
    """Clients of one workspace."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def add(
        self, client_id: UUID, profile: ClientProfile, status: ClientStatus, moment: datetime
    ) -> Client:
        """Insert a client with a new key."""
        self.add_many({client_id: (profile, status)}, moment)
        return Client(
            id=client_id,
            profile=profile,
            status=status,
            version=1,
            created_at=moment,
            updated_at=moment,
        )

    def add_many(
        self, new: Mapping[UUID, tuple[ClientProfile, ClientStatus]], moment: datetime
    ) -> None:
        """Insert a client for each id, with new keys."""
        if not new:
            return
        self._vault.new_clients(list(new))
        statuses = [status for _, status in new.values()]
        self._work.execute(
            """
            INSERT INTO crm.clients (id, provider_id, encrypted_payload, key_version, screening_status,
                communication_preference, source, archived_at, created_at, updated_at)
            SELECT id, %s, encrypted_payload, %s, screening::crm.client_screening_status,
                preference::crm.communication_preference, source::crm.client_source, archived_at, %s, %s
            FROM unnest(%s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
                AS t (id, encrypted_payload, screening, preference, source, archived_at)
            """,
            (
                self._vault.tenant,
                self._vault.generation,
                moment,
                moment,
                list(new),
                [self._sealed(one, profile) for one, (profile, _) in new.items()],
                [status.screening_status for status in statuses],
                [status.communication_preference for status in statuses],
                [status.source for status in statuses],
                [status.archived_at for status in statuses],
            ),
        )
        self.index({client_id: profile for client_id, (profile, _) in new.items()})

    def get(self, client_id: UUID) -> Client:
        """Return a client; raise `NotFound`."""
        row = self._work.execute(
            SQL("SELECT {} FROM crm.clients WHERE provider_id = %s AND id = %s").format(_COLUMNS),
            (self._vault.tenant, client_id),
        ).fetchone()
        if row is None:
            raise client_not_found()
        return self._decrypted_client(row)

    def get_many(self, client_ids: Iterable[UUID], *, alone: bool = False) -> list[Client]:
        """Return the existing clients of these ids; `alone` locks them against other writers until the transaction
        ends.
        """
        return [self._decrypted_client(row) for row in self._rows(client_ids, alone=alone)]

    def get_many_or_placeholder(
        self, client_ids: Iterable[UUID], *, alone: bool = False
    ) -> list[Client]:
        """Return the same for a list: an unreadable client is a placeholder that says so."""
        return [self._client_or_placeholder(row) for row in self._rows(client_ids, alone=alone)]

    def lock(self, client_id: UUID, *, alone: bool = False) -> int:
        """Lock a client against re-keying (or, `alone`, against any write) until the end of the transaction.

        Returns the generation of the key to encrypt with; raises `NotFound`.
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

    def lock_readable(self, client_ids: Iterable[UUID]) -> dict[UUID, tuple[ClientProfile, int]]:
        """Return stored profiles of existing clients and their key generations; the rows stay locked to the end.

        Unreadable clients are left out: an import must not add to a record that cannot be read.
        """
        rows = self._work.execute(
            "SELECT id, encrypted_payload, key_version FROM crm.clients WHERE provider_id = %s"
            " AND id = ANY(%s) ORDER BY id FOR UPDATE",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        found = {}
        for row in rows:
            ref = _document_ref(row["id"])
            try:
                profile = ClientProfile.from_payload(
                    self._vault.open(ref, bytes(row["encrypted_payload"]))
                )
            except (DecryptionFailed, ClientShredded):
                continue
            found[row["id"]] = (profile, row["key_version"])
        return found

    def existing_ids(self, client_ids: Iterable[UUID]) -> set[UUID]:
        """Return the ids that exist in the workspace, readable or not."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def update(
        self,
        client_id: UUID,
        version: int,
        profile: ClientProfile,
        status: ClientStatus,
        moment: datetime,
    ) -> Client:
        """Update a client that is at `version`; raise `NotFound`, or `PreconditionFailed` for another version."""
        generation = self.lock(client_id, alone=True)
        row = self._work.execute(
            """
            UPDATE crm.clients SET encrypted_payload = %s, screening_status = %s, communication_preference = %s,
                archived_at = %s, updated_at = %s, version = version + 1
            WHERE provider_id = %s AND id = %s AND version = %s
            RETURNING version, created_at
            """,
            (
                self._sealed(client_id, profile, generation),
                status.screening_status,
                status.communication_preference,
                status.archived_at,
                moment,
                self._vault.tenant,
                client_id,
                version,
            ),
        ).fetchone()
        if row is None:
            raise PreconditionFailed(
                "changed-meanwhile", _("This was changed in the meantime: reload it and try again.")
            )
        self.reindex({client_id: profile})
        return Client(
            id=client_id,
            profile=profile,
            status=status,
            version=row["version"],
            created_at=row["created_at"],
            updated_at=moment,
        )

    def replace_many(
        self, changed: Mapping[UUID, tuple[ClientProfile, int]], moment: datetime
    ) -> None:
        """Replace locked clients, each with the generation of its key."""
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
        self.reindex({client_id: profile for client_id, (profile, _) in changed.items()})

    def reindex(self, clients: Mapping[UUID, ClientProfile]) -> None:
        """Replace the search tokens of these locked clients, with the current keys."""
        self._work.execute(
            "DELETE FROM crm.client_search_tokens WHERE provider_id = %s AND client_id = ANY(%s)",
            (self._vault.tenant, list(clients)),
        )
        self.index(clients)

    def index(self, clients: Mapping[UUID, ClientProfile]) -> None:
        """Insert the search tokens of these clients."""
        rows = [
            (client_id, kind, self._vault.blind_index(kind, value))
            for client_id, profile in clients.items()
            for kind, value in profile.tokens()
        ]
        self._work.execute(
            """
            INSERT INTO crm.client_search_tokens (provider_id, kind, blind_index, client_id)
            SELECT %s, kind, blind_index, client_id
            FROM unnest(%s::uuid[], %s::text[], %s::bytea[]) AS t (client_id, kind, blind_index)
            ON CONFLICT (provider_id, kind, blind_index, client_id) DO NOTHING
            """,
            (
                self._vault.tenant,
                [client_id for client_id, _, _ in rows],
                [kind for _, kind, _ in rows],
                [token for _, _, token in rows],
            ),
        )

    def delete(self, client_id: UUID) -> None:
        """Delete a client and all its records from the tables; the caller destroys the key."""
        gone = self._work.execute(
            "DELETE FROM crm.clients WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, client_id),
        )
        if gone.rowcount == 0:
            raise client_not_found()

    def names(self, client_ids: Iterable[UUID]) -> dict[UUID, str]:
        """Return the names of clients, for lists of other records."""
        rows = self._work.execute(
            "SELECT id, encrypted_payload FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, list(set(client_ids))),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return {row["id"]: self._document_or_placeholder(row)["name"] for row in rows}

    def ids_by_token(self, kind: str, value: str) -> list[UUID]:
        """Return the ids of clients with exactly this search token, the oldest first."""
        rows = self._work.execute(
            """
            SELECT DISTINCT client_id FROM crm.client_search_tokens
            WHERE provider_id = %s AND kind = %s AND blind_index = ANY(%s) ORDER BY client_id
            """,
            (self._vault.tenant, kind, self._vault.blind_indexes(kind, value)),
        ).fetchall()
        return [row["client_id"] for row in rows]

    def ids_by_tokens(self, tokens: Iterable[Token]) -> dict[Token, set[UUID]]:
        """Return the ids of clients for each of these search tokens."""
        tokens_by_index = {
            (kind, blind): (kind, value)
            for kind, value in tokens
            for blind in self._vault.blind_indexes(kind, value)
        }
        rows = self._work.execute(
            """
            SELECT t.kind, t.blind_index, t.client_id FROM crm.client_search_tokens t
            JOIN unnest(%s::text[], %s::bytea[]) AS wanted (kind, blind_index)
                ON t.kind = wanted.kind AND t.blind_index = wanted.blind_index
            WHERE t.provider_id = %s
            """,
            (
                [kind for kind, _ in tokens_by_index],
                [blind for _, blind in tokens_by_index],
                self._vault.tenant,
            ),
        ).fetchall()
        found: dict[Token, set[UUID]] = defaultdict(set)
        for row in rows:
            found[tokens_by_index[row["kind"], bytes(row["blind_index"])]].add(row["client_id"])
        return found

    def _rows(self, client_ids: Iterable[UUID], *, alone: bool) -> Sequence[Mapping[str, Any]]:
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.clients WHERE provider_id = %s AND id = ANY(%s) ORDER BY id {}"
            ).format(_COLUMNS, SQL("FOR UPDATE" if alone else "")),
            (self._vault.tenant, list(set(client_ids))),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return rows

    def _conditions(self, client_filter: ClientFilter) -> tuple[list[Composable], dict[str, Any]]:
        found: list[Composable] = [
            SQL("c.provider_id = %(provider_id)s"),
            SQL("archived_at IS NOT NULL" if client_filter.archived else "archived_at IS NULL"),
        ]
        values: dict[str, Any] = {"provider_id": self._vault.tenant}
        for name in ("screening_status", "communication_preference", "source"):
            if (value := getattr(client_filter, name)) is not None:
                found.append(SQL("{} = {}").format(Identifier(name), SQL(f"%({name})s")))
                values[name] = value
        for number, (kind, value) in enumerate(client_filter.tokens):
            found.append(
                SQL(
                    "EXISTS (SELECT FROM crm.client_search_tokens t WHERE t.provider_id = c.provider_id"
                    " AND t.client_id = c.id AND t.kind = {} AND t.blind_index = ANY({}))"
                ).format(SQL(f"%(kind{number})s"), SQL(f"%(tokens{number})s"))
            )
            values[f"kind{number}"] = kind
            values[f"tokens{number}"] = self._vault.blind_indexes(kind, value)
        if client_filter.after is not None:
            found.append(
                SQL("({}, id) < (%(moment)s, %(last)s)").format(Identifier(client_filter.order))
            )
            values["moment"], values["last"] = client_filter.after
        return found, values

    def _sealed(
        self, client_id: UUID, profile: ClientProfile, generation: int | None = None
    ) -> bytes:
        return self._vault.seal(_document_ref(client_id), profile.encrypted_payload(), generation)

    def _document_or_placeholder(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        document = self._document_or_none(row)
        return translated_placeholder(_UNREADABLE_PROFILE) if document is None else document

    def _document_or_none(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        ref = _document_ref(row["id"])
        sealed = bytes(row["encrypted_payload"])
        return decrypt_or_none(self._work, self._vault, ref, sealed) or None

    def _decrypted_client(self, row: Mapping[str, Any]) -> Client:
        return _client(
            row, self._vault.open(_document_ref(row["id"]), bytes(row["encrypted_payload"]))
        )

    def _client_or_placeholder(self, row: Mapping[str, Any]) -> Client:
        document = self._document_or_none(row)
        if document is not None:
            return _client(row, document)
        placeholder = translated_placeholder(_UNREADABLE_PROFILE)
        return replace(_client(row, placeholder), is_readable=False)

    def list(self, client_filter: ClientFilter, limit: int) -> list[Client]:
        """Return at most `limit` clients, sorted by `client_filter.order`, the latest first."""
        conditions, values = self._conditions(client_filter)
        rows = self._work.execute(
            SQL(
                "SELECT {} FROM crm.clients c WHERE {} ORDER BY {order} DESC, id DESC LIMIT %(limit)s"
            ).format(
                _COLUMNS, SQL(" AND ").join(conditions), order=Identifier(client_filter.order)
            ),
            values | {"limit": limit},
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        return [self._client_or_placeholder(row) for row in rows]


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
    """Return the error for a client that is not in this workspace."""
    return NotFound("no-such-client", _("There is no such client in your client book."))
