"""An open vault: seals, opens and indexes the documents of one tenant for the length of a request.

A sealed document is `1 | generation u32 | nonce | ciphertext and tag`. Its key is the client's (or, for the tenant's
own documents, the generation's), bound to the row once more by HKDF, so that no key ever seals many documents.
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
_BLIND_INDEX_BYTES = 16


class OpenVault:
    """The result of `Keyring.open`, made for one request and not cached."""

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
        # Another public key stood in the table: that is worth an entry in the audit log.
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

    def new_clients(self, client_ids: Sequence[UUID]) -> None:
        """Create the keys of these clients, a hundred in one write; an existing key stays."""
        self._clients.create(client_ids)

    def replace_client_keys(self, client_ids: Sequence[UUID]) -> None:
        """Destroy all keys of these clients and create new ones: documents sealed before stay unreadable."""
        self._clients.replace(client_ids)

    def load(self, client_ids: Sequence[UUID]) -> None:
        """Read the keys of these clients at once, before their documents are opened one by one."""
        self._clients.load(client_ids)

    def seal(
        self, ref: DocumentRef, document: Mapping[str, JSON], generation: int | None = None
    ) -> bytes:
        """Seal a document for its row.

        `generation` is the client row's `key_version`; without it, the current one is used. Raises `ClientShredded` for
        a client without a key.
        """
        number = self.generation if generation is None else generation
        associated_data = ref.associated_data(self.tenant, number)
        key = derive(self._key(ref, number), associated_data)
        return _HEAD.pack(VERSION, number) + wrap(key, to_bytes(document), associated_data)

    def open(self, ref: DocumentRef, sealed: bytes) -> dict[str, Any]:
        """Open a document that was sealed for this row; raise `DecryptionFailed` or `ClientShredded`."""
        if len(sealed) < _HEAD.size or sealed[0] != VERSION:
            raise DecryptionFailed("not a sealed document")
        number = _HEAD.unpack_from(sealed)[1]
        associated_data = ref.associated_data(self.tenant, number)
        key = derive(self._key(ref, number), associated_data)
        return from_bytes(unwrap(key, sealed[_HEAD.size :], associated_data))

    def blind_index(self, kind: str, value: str) -> bytes:
        """Return the blind index of a value under the current generation."""
        return self._blind_index(self.generation, kind, value)

    def blind_indexes(self, kind: str, value: str) -> list[bytes]:
        """Return the blind indexes of a value, one for each live generation, to search by."""
        return [self._blind_index(number, kind, value) for number in self.generations]

    def open_inbox(self, sealed: bytes, context: Mapping[str, str]) -> dict[str, Any]:
        """Open a message that was sealed into the inbox with this context; raise `DecryptionFailed`."""
        return open_sealed(self._keys, self.tenant, sealed, context)

    def begin_rekey(self, client_ids: Sequence[UUID]) -> None:
        """Add a key of the current generation beside each client's old one."""
        self.load(client_ids)
        for client_id in client_ids:
            self._clients.add_current(client_id)

    def finish_rekey(self, client_ids: Sequence[UUID]) -> None:
        """Delete the clients' keys of older generations; call it when no row is sealed under them any more."""
        self.load(client_ids)
        for client_id in client_ids:
            self._clients.delete_older(client_id)

    def _key(self, ref: DocumentRef, generation: int) -> bytes:
        if generation not in self._keys.generations:
            if generation > self.generation and self._has_begun(generation):
                raise VaultRekeyed("the keys were changed since")
            raise DecryptionFailed("sealed under a generation that is gone")
        if ref.client_id is not None:
            return self._clients.key(ref.client_id, generation)
        return derive(self._keys.generations[generation].root, "crm own documents")

    def _has_begun(self, generation: int) -> bool:
        # The number in a row may be forged by a database writer; the inbox key always belongs to the newest keys.
        found = self._table.read(self.tenant, [INBOX])
        return INBOX in found and generation <= int(found[INBOX]["generation"]["N"])

    def _blind_index(self, generation: int, kind: str, value: str) -> bytes:
        key = self._index_keys.get(generation)
        if key is None:
            key = derive(self._keys.generations[generation].root, "crm blind index")
            self._index_keys[generation] = key
        return hmac.digest(key, length_prefixed(kind, value), "sha256")[:_BLIND_INDEX_BYTES]
