"""The sealed inbox: what arrives while the vault is locked is sealed to the tenant's public key (HPKE, RFC 9180).

Sealing needs neither KMS nor an unlocked vault, and opens nothing. The context (what it is and whose) is bound, as is
the tenant and the generation of the key.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault.document_ref import JSON, from_bytes, to_bytes
from crm.vault.errors import DecryptionFailed, VaultDestroyed, VaultNotCreated
from crm.vault.primitives import length_prefixed
from crm.vault.table import BAG, INBOX, KeyTable, key_table_unavailable

if TYPE_CHECKING:
    from crm.vault.keys import Keys

_VERSION = 1
_HEAD = struct.Struct(">BI")


class Inbox:
    """Seals into the inboxes of the key table `table`."""

    def __init__(self, table: str) -> None:
        self._table = KeyTable(table)

    def seal(self, tenant: UUID, document: Mapping[str, JSON], context: Mapping[str, str]) -> bytes:
        """Return the document sealed for that tenant, to be opened with the same context.

        Raises `NoVault`, `VaultShredded`, and `Unavailable` where DynamoDB is out of reach.
        """
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        found = self._table.read(tenant, [BAG, INBOX])
        if BAG not in found:
            raise VaultNotCreated(tenant)
        if found[BAG]["vault_state"]["S"] == "shredded":
            raise VaultDestroyed(tenant)
        if INBOX not in found:
            # Somebody took it away; it is put back when the vault is opened next.
            raise key_table_unavailable()
        public, generation = found[INBOX]["public"]["B"], int(found[INBOX]["generation"]["N"])
        key = X25519PublicKey.from_public_bytes(public)
        bound_to = _associated_data(tenant, generation, context)
        sealed: bytes = _suite().encrypt(to_bytes(document), key, bound_to)
        return _HEAD.pack(_VERSION, generation) + sealed


def open_sealed(
    keys: Keys, tenant: UUID, sealed: bytes, context: Mapping[str, str]
) -> dict[str, Any]:
    """Return what was sealed into the inbox; raise `Unreadable` for anything else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if len(sealed) < _HEAD.size or sealed[0] != _VERSION:
        raise DecryptionFailed("not sealed for an inbox")
    generation = _HEAD.unpack_from(sealed)[1]
    if generation not in keys.generations:
        raise DecryptionFailed("sealed for a generation that is gone")
    key = X25519PrivateKey.from_private_bytes(keys.generations[generation].inbox_secret)
    bound_to = _associated_data(tenant, generation, context)
    try:
        return from_bytes(_suite().decrypt(sealed[_HEAD.size :], key, bound_to))
    except (InvalidTag, ValueError):
        raise DecryptionFailed("another context, or changed since") from None


def inbox_attributes(keys: Keys) -> dict[str, Any]:
    """Return what the `inbox` item says while these are the keys."""
    public = keys.generations[keys.current].inbox_public
    return {"public": {"B": public}, "generation": {"N": str(keys.current)}}


def _associated_data(tenant: UUID, generation: int, context: Mapping[str, str]) -> bytes:
    pairs = [text for pair in sorted(context.items()) for text in pair]
    return length_prefixed("crm inbox", tenant.hex, generation, *pairs)


def _suite() -> Any:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
