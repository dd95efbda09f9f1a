"""Many clients at once: what an import reads and writes of `crm.clients` and `crm.client_tokens`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from crm.domain.clients import Details, Standing
from crm.repository.clients import TABLE, Token
from crm.vault import ClientShredded, OpenVault, Place, Unreadable
from kit.db import UnitOfWork


class ManyClients:
    """The people in one book, hundreds of them in one statement."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def with_tokens(self, tokens: Iterable[Token]) -> dict[Token, set[UUID]]:
        """Return who is found by each of these."""
        asked = {
            (kind, blind): (kind, value)
            for kind, value in tokens
            for blind in self._vault.blind_all(kind, value)
        }
        rows = self._work.execute(
            """
            SELECT t.kind, t.token, t.client_id FROM crm.client_tokens t
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

    def hold(self, client_ids: Iterable[UUID]) -> dict[UUID, tuple[Details, int]]:
        """Return what is kept of those that are there, with their keys' generation; held until the end.

        One that does not open is left out: nothing is added to what nobody can read.
        """
        rows = self._work.execute(
            "SELECT id, doc, key_generation FROM crm.clients WHERE provider_id = %s"
            " AND id = ANY(%s) ORDER BY id FOR UPDATE",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        self._vault.load([row["id"] for row in rows])
        found = {}
        for row in rows:
            place = Place(TABLE, row["id"], row["id"])
            try:
                details = Details.of(self._vault.open(place, bytes(row["doc"])))
            except (Unreadable, ClientShredded):
                continue
            found[row["id"]] = (details, row["key_generation"])
        return found

    def there(self, client_ids: Iterable[UUID]) -> set[UUID]:
        """Return those that are in the book, readable or not."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, list(client_ids)),
        ).fetchall()
        return {row["id"] for row in rows}

    def add(self, new: Mapping[UUID, tuple[Details, Standing]], moment: datetime) -> None:
        """Keep somebody new for each id, under keys of their own."""
        if not new:
            return
        self._vault.new_clients(list(new))
        self._work.execute(
            """
            INSERT INTO crm.clients (id, provider_id, doc, key_generation, screening_status,
                communication_preference, source, created_at, updated_at)
            SELECT id, %s, doc, %s, screening::crm.screening_status,
                preference::crm.communication_preference, source::crm.client_source, %s, %s
            FROM unnest(%s::uuid[], %s::bytea[], %s::text[], %s::text[], %s::text[])
                AS t (id, doc, screening, preference, source)
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

    def replace(self, changed: Mapping[UUID, tuple[Details, int]], moment: datetime) -> None:
        """Change those that are held; each with the generation of its keys."""
        if not changed:
            return
        self._work.execute(
            """
            UPDATE crm.clients c SET doc = t.doc, updated_at = %s, version = c.version + 1
            FROM unnest(%s::uuid[], %s::bytea[]) AS t (id, doc)
            WHERE c.provider_id = %s AND c.id = t.id
            """,
            (
                moment,
                list(changed),
                [self._sealed(one, *kept) for one, kept in changed.items()],
                self._vault.tenant,
            ),
        )
        self.unindex(list(changed))
        self.index({client_id: details for client_id, (details, _) in changed.items()})

    def index(self, clients: Mapping[UUID, Details]) -> None:
        """Let them be found by all that is known of them."""
        rows = [
            (client_id, kind, self._vault.blind(kind, value))
            for client_id, details in clients.items()
            for kind, value in details.tokens()
        ]
        self._work.execute(
            """
            INSERT INTO crm.client_tokens (provider_id, kind, token, client_id)
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
            "DELETE FROM crm.client_tokens WHERE provider_id = %s AND client_id = ANY(%s)",
            (self._vault.tenant, list(client_ids)),
        )

    def _sealed(self, client_id: UUID, details: Details, generation: int | None) -> bytes:
        return self._vault.seal(Place(TABLE, client_id, client_id), details.document(), generation)
