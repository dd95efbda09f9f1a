"""The sealed inbox: messages that arrive while the vault is locked, sealed to the tenant's public key (HPKE, RFC 9180).

Sealing needs neither KMS nor an unlocked vault, and opens nothing. The context (kind and owner of the message), the
tenant and the generation of the key are bound as associated data.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault.document_ref import JSON, from_bytes, to_bytes
from crm.vault.errors import DecryptionFailed, VaultDestroyed, VaultNotCreated
from crm.vault.primitives import length_prefixed
from crm.vault.table import BUNDLE, INBOX, KeyTable, key_table_unavailable

if TYPE_CHECKING:
    from crm.vault.keys import Keys

_VERSION = 1
_HEAD = struct.Struct(">BI")


class Inbox:
    """Seals messages into the inboxes of the key table `table`."""

    def __init__(self, table: str) -> None:
        self._table = KeyTable(table)

    def seal(self, tenant: UUID, document: Mapping[str, JSON], context: Mapping[str, str]) -> bytes:
        """Seal a document for that tenant, to be opened with the same context.

        Raises `VaultNotCreated`, `VaultDestroyed`, and `Unavailable` if DynamoDB is out of reach.
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        items = self._table.read(tenant, [BUNDLE, INBOX])
        if BUNDLE not in items:
            raise VaultNotCreated(tenant)
        if items[BUNDLE]["vault_state"]["S"] == "shredded":
            raise VaultDestroyed(tenant)
        if INBOX not in items:
            # The item was deleted from the table; the next opening of the vault restores it.
            raise key_table_unavailable()
        public, generation = items[INBOX]["public"]["B"], int(items[INBOX]["generation"]["N"])
        key = X25519PublicKey.from_public_bytes(public)
        associated_data = _associated_data(tenant, generation, context)
        sealed: bytes = _suite().encrypt(to_bytes(document), key, associated_data)
        return _HEAD.pack(_VERSION, generation) + sealed


def open_sealed(
    keys: Keys, tenant: UUID, sealed: bytes, context: Mapping[str, str]
) -> dict[str, Any]:
    """Open a message that was sealed into the inbox; raise `DecryptionFailed` for any other bytes."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if len(sealed) < _HEAD.size or sealed[0] != _VERSION:
        raise DecryptionFailed("not sealed for an inbox")
    generation = _HEAD.unpack_from(sealed)[1]
    if generation not in keys.generations:
        raise DecryptionFailed("sealed for a generation that is gone")
    key = X25519PrivateKey.from_private_bytes(keys.generations[generation].inbox_secret)
    associated_data = _associated_data(tenant, generation, context)
    try:
        return from_bytes(_suite().decrypt(sealed[_HEAD.size :], key, associated_data))
    except (InvalidTag, ValueError):
        raise DecryptionFailed("another context, or changed since") from None


def inbox_attributes(keys: Keys) -> dict[str, Any]:
    """Return the attributes of the `inbox` item for these keys."""
    public = keys.generations[keys.current].inbox_public
    return {"public": {"B": public}, "generation": {"N": str(keys.current)}}


def _associated_data(tenant: UUID, generation: int, context: Mapping[str, str]) -> bytes:
    pairs = [text for pair in sorted(context.items()) for text in pair]
    return length_prefixed("crm inbox", tenant.hex, generation, *pairs)


def _suite() -> Any:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
