"""An open vault: seals, opens and finds the documents of one tenant for the length of a request.

A sealed document is `1 | generation u32 | nonce | ciphertext and tag`. Its key is the client's (or, for the tenant's
own documents, the generation's) bound to the place once more by HKDF, so that no key ever seals many documents.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault.client_keys import ClientKeys
from crm.vault.document_ref import JSON, DocumentRef, from_bytes, to_bytes
from crm.vault.errors import DecryptionFailed, VaultRekeyed
from crm.vault.inbox import open_sealed
from crm.vault.primitives import derive, length_prefixed, unwrap, wrap
from crm.vault.table import INBOX

if TYPE_CHECKING:
    from crm.vault.keys import Keys
    from crm.vault.table import KeyTable

VERSION = 1
_HEAD = struct.Struct(">BI")
_BLIND = 16


class OpenVault:
    """What `Keyring.open` returns. Made for one request; it is not kept."""

    def __init__(
        self,
        table: KeyTable,
        tenant: UUID,
        keys: Keys,
        *,
        has_passphrase: bool,
        inbox_was_changed: bool = False,
    ) -> None:
        self.tenant = tenant
        # Somebody had put another public key into the table: worth an entry in the audit.
        self.inbox_was_changed = inbox_was_changed
        self.has_passphrase = has_passphrase
        self._table = table
        self._keys = keys
        self._clients = ClientKeys(table, tenant, keys)
        self._index_keys: dict[int, bytes] = {}

    @property
    def generation(self) -> int:
        """Return the generation that new documents are sealed under."""
        return self._keys.current

    @property
    def generations(self) -> list[int]:
        """Return the live generations, the newest first."""
        return self._keys.newest_first

    def new_client(self, client_id: UUID) -> None:
        """Make and keep the client's key; where it has one, that stays."""
        self.new_clients([client_id])

    def new_clients(self, client_ids: Sequence[UUID]) -> None:
        """Make and keep the keys of many clients, a hundred in one write."""
        self._clients.create(client_ids)

    def replace_client_keys(self, client_ids: Sequence[UUID]) -> None:
        """Destroy whatever keys these clients have, and make new ones: what was sealed for them before stays shut."""
        self._clients.renew(client_ids)

    def load(self, client_ids: Sequence[UUID]) -> None:
        """Read the keys of these clients at once, before their documents are opened one by one."""
        self._clients.load(client_ids)

    def seal(
        self, place: DocumentRef, document: Mapping[str, JSON], generation: int | None = None
    ) -> bytes:
        """Return the document sealed for its place.

        `generation` is what the client's row says (`key_version`); without it, the current one. Raises
        `ClientShredded` for a client without a key.
        """
        number = self.generation if generation is None else generation
        bound_to = place.associated_data(self.tenant, number)
        key = derive(self._key(place, number), bound_to)
        return _HEAD.pack(VERSION, number) + wrap(key, to_bytes(document), bound_to)

    def open(self, place: DocumentRef, sealed: bytes) -> dict[str, Any]:
        """Return the document that was sealed for this place; raise `Unreadable` or `ClientShredded`."""
        if len(sealed) < _HEAD.size or sealed[0] != VERSION:
            raise DecryptionFailed("not a sealed document")
        number = _HEAD.unpack_from(sealed)[1]
        bound_to = place.associated_data(self.tenant, number)
        key = derive(self._key(place, number), bound_to)
        return from_bytes(unwrap(key, sealed[_HEAD.size :], bound_to))

    def blind_index(self, kind: str, value: str) -> bytes:
        """Return what stands in the index for a value, under the current generation."""
        return self._blind(self.generation, kind, value)

    def blind_indexes(self, kind: str, value: str) -> list[bytes]:
        """Return what may stand in the index for a value, one for each live generation, to search by."""
        return [self._blind(number, kind, value) for number in self.generations]

    def open_inbox(self, sealed: bytes, context: Mapping[str, str]) -> dict[str, Any]:
        """Return what was sealed into the inbox with this context; raise `Unreadable`."""
        return open_sealed(self._keys, self.tenant, sealed, context)

    def begin_rekey(self, client_ids: Sequence[UUID]) -> None:
        """Give the clients a key of the current generation beside their old one."""
        self.load(client_ids)
        for client_id in client_ids:
            self._clients.add_current(client_id)

    def finish_rekey(self, client_ids: Sequence[UUID]) -> None:
        """Drop the clients' keys of older generations; to be called when no row is sealed under them any more."""
        self.load(client_ids)
        for client_id in client_ids:
            self._clients.drop_older(client_id)

    def _key(self, place: DocumentRef, generation: int) -> bytes:
        if generation not in self._keys.generations:
            if generation > self.generation and self._has_begun(generation):
                raise VaultRekeyed("the keys were changed since")
            raise DecryptionFailed("sealed under a generation that is gone")
        if place.client_id is not None:
            return self._clients.key(place.client_id, generation)
        return derive(self._keys.generations[generation].root, "crm own documents")

    def _has_begun(self, generation: int) -> bool:
        # A row says what somebody may have written into it: the inbox's key is always of the newest keys.
        found = self._table.read(self.tenant, [INBOX])
        return INBOX in found and generation <= int(found[INBOX]["generation"]["N"])

    def _blind(self, generation: int, kind: str, value: str) -> bytes:
        key = self._index_keys.get(generation)
        if key is None:
            key = derive(self._keys.generations[generation].root, "crm blind index")
            self._index_keys[generation] = key
        return hmac.digest(key, length_prefixed(kind, value), "sha256")[:_BLIND]
