"""Tables with encrypted documents, and their re-encryption under other keys.

A table missing here would lose its documents with the next change of keys: a test compares this list with the schema.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from struct import Struct
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable, Identifier, Placeholder

from crm.domain.clients import ClientProfile
from crm.repository import clients
from crm.repository.campaigns import address_token
from crm.repository.clients import ClientRepository
from crm.repository.subscriptions import area_token
from crm.vault import DocumentRef, OpenVault
from kit.db import UnitOfWork
from kit.errors import Unavailable
from kit.observability import log_failure

_GENERATION = Struct(">I")
# The bytes of a sealed document, and of an inbox message, that hold its generation.
_GENERATION_OF = SQL("substring({} FROM 2 FOR 4)")
_LOCKED = SQL("FOR UPDATE SKIP LOCKED")
_BATCH = 500


class KeyOwner(Enum):
    """Owner of the key that a table's documents are encrypted under."""

    CLIENT = auto()
    """The client in `client_id`."""
    EITHER = auto()
    """The client, or the provider if the row has no client."""
    PROVIDER = auto()
    """The provider, whichever client the document is about."""


type BlindIndexes = Callable[[OpenVault, Mapping[str, Any]], dict[str, bytes]]
"""Returns the blind index columns of a document."""


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """A table with encrypted documents, beside `crm.clients`. `has_key_version`: it also states the generation in a
    column.
    """

    name: str
    key_owner: KeyOwner = KeyOwner.CLIENT
    has_key_version: bool = False
    blind_indexes: BlindIndexes | None = None


def _area_index(vault: OpenVault, document: Mapping[str, Any]) -> dict[str, bytes]:
    return {"area_token": area_token(vault, document["area"])}


def _address_index(vault: OpenVault, document: Mapping[str, Any]) -> dict[str, bytes]:
    return {"address_token": address_token(vault, document["email"])}


TABLES = (
    EncryptedTable("screenings"),
    EncryptedTable("client_references"),
    EncryptedTable("visits"),
    EncryptedTable("communications"),
    EncryptedTable("area_subscriptions", blind_indexes=_area_index),
    EncryptedTable("client_merges"),
    EncryptedTable("tasks", KeyOwner.EITHER, has_key_version=True),
    EncryptedTable("legal_holds", KeyOwner.PROVIDER),
    EncryptedTable("campaign_recipients", KeyOwner.PROVIDER, blind_indexes=_address_index),
    EncryptedTable("imports", KeyOwner.PROVIDER),
    EncryptedTable("import_chunks", KeyOwner.PROVIDER),
    EncryptedTable("data_request_cases", KeyOwner.PROVIDER),
)
# Caches: rows are deleted instead of re-encrypted, and created again on demand.
CACHES = ("tags",)


class RekeyRepository:
    """The documents of one workspace during a change of keys."""

    def __init__(self, work: UnitOfWork, vault: OpenVault) -> None:
        self._work = work
        self._vault = vault

    def clients_left(self) -> tuple[int, int]:
        """Return how many clients are under older keys, and for how many of them a document did not decrypt."""
        row = self._work.execute(
            "SELECT count(*) AS left, count(rekey_failed_at) AS failed FROM crm.clients"
            " WHERE provider_id = %s AND key_version < %s",
            (self._vault.tenant, self._vault.generation),
        ).fetchone()
        return (row["left"], row["failed"]) if row else (0, 0)

    def old_clients(self, limit: int, *, failed: bool) -> list[UUID]:
        """Return clients under older keys; with `failed`, also those with a document that did not decrypt."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND key_version < %s"
            " AND (%s OR rekey_failed_at IS NULL) ORDER BY rekey_failed_at NULLS FIRST, id LIMIT %s",
            (self._vault.tenant, self._vault.generation, failed, limit),
        ).fetchall()
        return [row["id"] for row in rows]

    def lock_client(self, client_id: UUID) -> bool:
        """Lock a client until the transaction ends.

        Tells whether the client is still under an older key and no other transaction works on it.
        """
        row = self._work.execute(
            "SELECT FROM crm.clients WHERE provider_id = %s AND id = %s AND key_version < %s"
            " FOR UPDATE SKIP LOCKED",
            (self._vault.tenant, client_id, self._vault.generation),
        ).fetchone()
        return row is not None

    def reencrypt_client(self, client_id: UUID) -> None:
        """Re-encrypt all documents of a locked client under the client's key of the current generation."""
        provider_id = self._vault.tenant
        row = self._work.execute(
            "SELECT encrypted_payload FROM crm.clients WHERE provider_id = %s AND id = %s",
            (provider_id, client_id),
        ).fetchone()
        assert row is not None  # noqa: S101 - it is held
        ref = DocumentRef(clients.TABLE, client_id, client_id)
        document = self._vault.open(ref, bytes(row["encrypted_payload"]))
        for table in TABLES:
            if table.key_owner is not KeyOwner.PROVIDER:
                self._reencrypt(table, self._client_rows(table, client_id), client_id)
        ClientRepository(self._work, self._vault).reindex(
            {client_id: ClientProfile.from_payload(document)}
        )
        self._work.execute(
            "UPDATE crm.clients SET encrypted_payload = %s, key_version = %s, has_old_keys = true,"
            " rekey_failed_at = NULL WHERE provider_id = %s AND id = %s",
            (
                self._vault.seal(ref, document),
                self._vault.generation,
                provider_id,
                client_id,
            ),
        )

    def skip_client(self, client_id: UUID) -> None:
        """Mark a client without a key as done: no document of that client decrypts any more."""
        self._work.execute(
            "UPDATE crm.clients SET key_version = %s, rekey_failed_at = NULL"
            " WHERE provider_id = %s AND id = %s",
            (self._vault.generation, self._vault.tenant, client_id),
        )

    def record_failure(self, client_id: UUID) -> None:
        """Record that a document of a client did not decrypt."""
        self._work.execute(
            "UPDATE crm.clients SET rekey_failed_at = now() WHERE provider_id = %s AND id = %s",
            (self._vault.tenant, client_id),
        )

    def reencrypt_provider_rows(self) -> None:
        """Re-encrypt the provider's own documents, which are few, under the current generation.

        A document that does not decrypt, or violates a constraint, stays as it is and keeps its generation's keys from
        being dropped.
        """
        for name in CACHES:
            self._work.execute(
                SQL("DELETE FROM {} WHERE provider_id = %(provider_id)s AND {}").format(
                    Identifier("crm", name), self._is_old()
                ),
                self._values(),
            )
        for table in TABLES:
            if table.key_owner is not KeyOwner.CLIENT:
                for row in self._old_provider_rows(table, _BATCH):
                    try:
                        with self._work.savepoint():
                            self._reencrypt(table, [row], None)
                    except Unavailable:
                        raise
                    except Exception as error:
                        log_failure("a document was not re-encrypted", error, row_id=str(row["id"]))

    def has_old_provider_rows(self) -> bool:
        """Tell whether one of the provider's own documents is under older keys."""
        return any(
            self._old_provider_rows(table, 1, lock=SQL(""))
            for table in TABLES
            if table.key_owner is not KeyOwner.CLIENT
        )

    def clients_with_old_keys(self, limit: int) -> list[UUID]:
        """Return clients that were re-encrypted, and whose older keys may still exist."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND has_old_keys AND key_version = %s"
            " ORDER BY id LIMIT %s",
            (self._vault.tenant, self._vault.generation, limit),
        ).fetchall()
        return [row["id"] for row in rows]

    def clear_old_keys_flag(self, client_ids: Iterable[UUID]) -> None:
        """Record that the clients' older keys are gone, unless they were re-keyed once more."""
        self._work.execute(
            "UPDATE crm.clients SET has_old_keys = false"
            " WHERE provider_id = %s AND id = ANY(%s) AND key_version = %s",
            (self._vault.tenant, list(client_ids), self._vault.generation),
        )

    def inbox_uses_generation(self, generation: int) -> bool:
        """Tell whether an inbox message still needs the keys of a generation."""
        row = self._work.execute(
            SQL("SELECT FROM crm.inbox WHERE provider_id = %s AND {} = %s LIMIT 1").format(
                _GENERATION_OF.format(Identifier("sealed"))
            ),
            (self._vault.tenant, _GENERATION.pack(generation)),
        ).fetchone()
        return row is not None

    def known_clients(self, client_ids: list[UUID]) -> set[UUID]:
        """Return the clients that are in the workspace."""
        rows = self._work.execute(
            "SELECT id FROM crm.clients WHERE provider_id = %s AND id = ANY(%s)",
            (self._vault.tenant, client_ids),
        ).fetchall()
        return {row["id"] for row in rows}

    def _client_rows(self, table: EncryptedTable, client_id: UUID) -> list[Mapping[str, Any]]:
        return self._work.execute(
            SQL(
                "SELECT id, encrypted_payload FROM {} WHERE provider_id = %s AND client_id = %s"
                " AND octet_length(encrypted_payload) > 0 FOR UPDATE"
            ).format(Identifier("crm", table.name)),
            (self._vault.tenant, client_id),
        ).fetchall()  # type: ignore[return-value]

    def _old_provider_rows(
        self, table: EncryptedTable, limit: int, lock: Composable = _LOCKED
    ) -> list[Mapping[str, Any]]:
        owner_filter = SQL("client_id IS NULL" if table.key_owner is KeyOwner.EITHER else "true")
        return self._work.execute(
            SQL(
                "SELECT id, encrypted_payload FROM {} WHERE provider_id = %(provider_id)s AND {} AND {}"
                " AND octet_length(encrypted_payload) > 0 LIMIT %(limit)s {}"
            ).format(Identifier("crm", table.name), owner_filter, self._is_old(), lock),
            self._values() | {"limit": limit},
        ).fetchall()  # type: ignore[return-value]

    def _reencrypt(
        self, table: EncryptedTable, rows: Iterable[Mapping[str, Any]], client_id: UUID | None
    ) -> None:
        for row in rows:
            ref = DocumentRef(table.name, row["id"], client_id)
            document = (
                self._vault.open(ref, bytes(row["encrypted_payload"]))
                if row["encrypted_payload"]
                else {}
            )
            changes: dict[str, Any] = {"encrypted_payload": self._vault.seal(ref, document)}
            if table.has_key_version:
                changes["key_version"] = self._vault.generation
            if table.blind_indexes is not None:
                changes |= table.blind_indexes(self._vault, document)
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
        return SQL("{} < %(current)s").format(
            _GENERATION_OF.format(Identifier("encrypted_payload"))
        )

    def _values(self) -> dict[str, Any]:
        return {
            "provider_id": self._vault.tenant,
            "current": _GENERATION.pack(self._vault.generation),
        }
