"""Every table with sealed documents, and how they are sealed again under other keys.

A table that is not named here would lose its documents with the next change of keys: a test compares this list with
the schema.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from struct import Struct
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from crm.domain.clients import ClientProfile
from crm.domain.normalisation import normalize_tag
from crm.repository import clients
from crm.repository.clients import ClientRepository
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.observability import log_failure

_GENERATION = Struct(">I")
# The bytes of a sealed document, and of one in the inbox, that say its generation.
_WRITTEN = SQL("substring({} FROM 2 FOR 4)")
_LOCKED = SQL("FOR UPDATE SKIP LOCKED")
_AT_ONCE = 500


class KeyOwner(Enum):
    """Under which key a table's documents are."""

    CLIENT = auto()
    """The client's in `client_id`."""
    EITHER = auto()
    """The client's, or the provider's own where there is none."""
    PROVIDER = auto()
    """The provider's own, whomever they are about."""


type Tokens = Callable[[OpenVault, Mapping[str, Any]], dict[str, bytes]]
"""The columns that are made of a document and of the keys."""


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """One of them, beside `crm.clients`. `numbered`: it says its generation in a column as well."""

    name: str
    whose: KeyOwner = KeyOwner.CLIENT
    numbered: bool = False
    tokens: Tokens | None = None


def _area(vault: OpenVault, document: Mapping[str, Any]) -> dict[str, bytes]:
    return {"area_token": vault.blind_index("area", normalize_tag(document["area"]))}


def _address(vault: OpenVault, document: Mapping[str, Any]) -> dict[str, bytes]:
    return {"address_token": vault.blind_index("email", document["email"])}


TABLES = (
    EncryptedTable("screenings"),
    EncryptedTable("client_references"),
    EncryptedTable("visits"),
    EncryptedTable("communications"),
    EncryptedTable("area_subscriptions", tokens=_area),
    EncryptedTable("client_merges"),
    EncryptedTable("tasks", KeyOwner.EITHER, numbered=True),
    EncryptedTable("legal_holds", KeyOwner.PROVIDER),
    EncryptedTable("campaign_recipients", KeyOwner.PROVIDER, tokens=_address),
    EncryptedTable("imports", KeyOwner.PROVIDER),
    EncryptedTable("import_chunks", KeyOwner.PROVIDER),
    EncryptedTable("data_request_cases", KeyOwner.PROVIDER),
)
# What is remembered for speed alone: deleted instead, it is made anew.
CACHES = ("tags",)


class RekeyRepository:
    """The documents of one book, while its keys change."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def clients_left(self) -> tuple[int, int]:
        """Return how many clients are under older keys, and of how many something does not open."""
        row = self._work.execute(
            "SELECT count(*) AS left, count(rekey_failed_at) AS failed FROM crm.clients"
            " WHERE provider_id = %s AND key_version < %s",
            (self._vault.tenant, self._vault.generation),
        ).fetchone()
        return (row["left"], row["failed"]) if row else (0, 0)

    def old_clients(self, limit: int, *, failed: bool) -> list[UUID]:
        """Return clients under older keys; with `failed`, also those of whom something did not open."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND key_version < %s"
            " AND (%s OR rekey_failed_at IS NULL) ORDER BY rekey_failed_at NULLS FIRST, id LIMIT %s",
            (self._vault.tenant, self._vault.generation, failed, limit),
        ).fetchall()
        return [row["id"] for row in rows]

    def lock_client(self, client_id: UUID) -> bool:
        """Keep everybody else from a client until the end of the transaction.

        Tells whether they are still under an older key, and nobody else is at it.
        """
        row = self._work.execute(
            "SELECT FROM crm.clients WHERE provider_id = %s AND id = %s AND key_version < %s"
            " FOR UPDATE SKIP LOCKED",
            (self._vault.tenant, client_id, self._vault.generation),
        ).fetchone()
        return row is not None

    def reseal_client(self, client_id: UUID) -> None:
        """Seal all that is about a client, who is held, under their key of the current generation."""
        provider_id = self._vault.tenant
        row = self._work.execute(
            "SELECT encrypted_payload FROM crm.clients WHERE provider_id = %s AND id = %s",
            (provider_id, client_id),
        ).fetchone()
        assert row is not None  # noqa: S101 - it is held
        place = DocumentRef(clients.TABLE, client_id, client_id)
        document = self._vault.open(place, bytes(row["encrypted_payload"]))
        for table in TABLES:
            if table.whose is not KeyOwner.PROVIDER:
                self._reseal(table, self._of_client(table, client_id), client_id)
        ClientRepository(self._work, self._vault).reindex(
            client_id, ClientProfile.from_payload(document)
        )
        self._work.execute(
            "UPDATE crm.clients SET encrypted_payload = %s, key_version = %s, has_old_keys = true,"
            " rekey_failed_at = NULL WHERE provider_id = %s AND id = %s",
            (
                self._vault.seal(place, document),
                self._vault.generation,
                provider_id,
                client_id,
            ),
        )

    def mark_failed(self, client_id: UUID) -> None:
        """Count a client without a key as done: nothing about them opens, whatever is done."""
        self._work.execute(
            "UPDATE crm.clients SET key_version = %s, rekey_failed_at = NULL"
            " WHERE provider_id = %s AND id = %s",
            (self._vault.generation, self._vault.tenant, client_id),
        )

    def record_failure(self, client_id: UUID) -> None:
        """Note that something about a client does not open."""
        self._work.execute(
            "UPDATE crm.clients SET rekey_failed_at = now() WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, client_id),
        )

    def reseal_own_rows(self) -> None:
        """Seal the provider's own documents, which are few, under the current generation.

        One that does not open, or fits nowhere, stays as it is and keeps its generation's keys from being dropped.
        """
        for name in CACHES:
            self._work.execute(
                SQL("DELETE FROM {} WHERE provider_id = %(provider_id)s AND {}").format(
                    Identifier("crm", name), self._is_old()
                ),
                self._values(),
            )
        for table in TABLES:
            if table.whose is not KeyOwner.CLIENT:
                for row in self._own(table, _AT_ONCE):
                    try:
                        with self._work.savepoint():
                            self._reseal(table, [row], None)
                    except Unavailable:
                        raise
                    except Exception as error:
                        log_failure("a document was not sealed anew", error, row_id=str(row["id"]))

    def own_rows_left(self) -> bool:
        """Tell whether one of the provider's own documents is under older keys."""
        return any(
            self._own(table, 1, lock=SQL(""))
            for table in TABLES
            if table.whose is not KeyOwner.CLIENT
        )

    def with_old_keys(self, limit: int) -> list[UUID]:
        """Return clients whose rows are done, and whose older keys may still be there."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND has_old_keys AND key_version = %s"
            " ORDER BY id LIMIT %s",
            (self._vault.tenant, self._vault.generation, limit),
        ).fetchall()
        return [row["id"] for row in rows]

    def clear_old_keys_flag(self, client_ids: Iterable[UUID]) -> None:
        """Note that their older keys are gone, unless they were re-keyed once more."""
        self._work.execute(
            "UPDATE crm.clients SET has_old_keys = false"
            " WHERE provider_id = %s AND id = ANY(%s) AND key_version = %s",
            (self._vault.tenant, list(client_ids), self._vault.generation),
        )

    def pending_generations(self, generation: int) -> bool:
        """Tell whether something in the inbox still needs the keys of a generation."""
        row = self._work.execute(
            SQL("SELECT FROM crm.inbox WHERE provider_id = %s AND {} = %s LIMIT 1").format(
                _WRITTEN.format(Identifier("sealed"))
            ),
            (self._vault.tenant, _GENERATION.pack(generation)),
        ).fetchone()
        return row is not None

    def known_clients(self, client_ids: list[UUID]) -> set[UUID]:
        """Return those of them that are in the book."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, client_ids),
        ).fetchall()
        return {row["id"] for row in rows}

    def _of_client(self, table: EncryptedTable, client_id: UUID) -> list[Mapping[str, Any]]:
        return self._work.execute(
            SQL(
                "SELECT id, encrypted_payload FROM {} WHERE provider_id = %s AND client_id = %s"
                " AND octet_length(encrypted_payload) > 0 FOR UPDATE"
            ).format(Identifier("crm", table.name)),
            (self._vault.tenant, client_id),
        ).fetchall()  # type: ignore[return-value]

    def _own(
        self, table: EncryptedTable, limit: int, lock: Composable = _LOCKED
    ) -> list[Mapping[str, Any]]:
        ours = SQL("client_id IS NULL" if table.whose is KeyOwner.EITHER else "true")
        return self._work.execute(
            SQL(
                "SELECT id, encrypted_payload FROM {} WHERE provider_id = %(provider_id)s AND {} AND {}"
                " AND octet_length(encrypted_payload) > 0 LIMIT %(limit)s {}"
            ).format(Identifier("crm", table.name), ours, self._is_old(), lock),
            self._values() | {"limit": limit},
        ).fetchall()  # type: ignore[return-value]

    def _reseal(
        self, table: EncryptedTable, rows: Iterable[Mapping[str, Any]], client_id: UUID | None
    ) -> None:
        for row in rows:
            place = DocumentRef(table.name, row["id"], client_id)
            document = (
                self._vault.open(place, bytes(row["encrypted_payload"]))
                if row["encrypted_payload"]
                else {}
            )
            changes: dict[str, Any] = {"encrypted_payload": self._vault.seal(place, document)}
            if table.numbered:
                changes["key_version"] = self._vault.generation
            if table.tokens is not None:
                changes |= table.tokens(self._vault, document)
            self._work.execute(
                SQL("UPDATE {} SET {} WHERE provider_id = %(provider_id)s AND id = %(id)s").format(
                    Identifier("crm", table.name),
                    SQL(", ").join(
                        SQL("{} = {}").format(Identifier(name), Placeholder(name))
                        for name in changes
                    ),
                ),
                changes | {"provider_id": self._vault.tenant, "id": row["id"]},
            )

    def _is_old(self) -> Composable:
        return SQL("{} < %(current)s").format(_WRITTEN.format(Identifier("encrypted_payload")))

    def _values(self) -> dict[str, Any]:
        return {
            "provider_id": self._vault.tenant,
            "current": _GENERATION.pack(self._vault.generation),
        }
