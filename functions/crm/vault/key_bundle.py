"""The key bundle: every key of a tenant in one item, sealed by KMS, and under the passphrase layer if there is one.

In plaintext beside it stand a version (each write is conditional on it), the state, and the number of the last
generation, so that a state can be shown without KMS and a recreated vault never reuses a number. No code trusts these
attributes: the sealed contents decide how the bundle opens.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm.vault.errors import DecryptionFailed, VaultDestroyed, VaultNotCreated
from crm.vault.keys import Keys
from crm.vault.passphrase import PassphraseProtectedKeys
from crm.vault.table import key_table_unavailable
from kit import clock

CACHE_LIFETIME = timedelta(seconds=60)
_CACHED_BUNDLES = 200


class VaultState(StrEnum):
    """State of a vault, as a page shows it before anything is opened."""

    NONE = "none"
    OPEN = "open"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a state
    SHREDDED = "shredded"


@dataclass(frozen=True, slots=True)
class KeyBundle:
    """A bundle as stored in the table, opened as far as KMS goes: the keys, or the keys under a passphrase."""

    version: int
    contents: Keys | PassphraseProtectedKeys


class KeyBundleCipher:
    """Seals and opens bundles under the KMS key; an opened bundle is cached for `CACHE_LIFETIME`."""

    def __init__(self, key_arn: str, now: clock.Clock) -> None:
        self._key_arn = key_arn
        self._now = now
        self._cached: dict[tuple[UUID, bytes], tuple[bytes, datetime]] = {}

    def seal(
        self, tenant: UUID, version: int, contents: Keys | PassphraseProtectedKeys
    ) -> dict[str, Any]:
        """Return the attributes of the `bundle` item."""
        from crm.vault import kms_message

        plaintext = _to_bytes(contents)
        message = kms_message.seal(self._key_arn, tenant, plaintext, key_table_unavailable())
        self._cache(tenant, message, plaintext)
        locked = isinstance(contents, PassphraseProtectedKeys)
        return {
            "version": {"N": str(version)},
            "vault_state": {"S": VaultState.PASSPHRASE if locked else VaultState.OPEN},
            "generation": {"N": str(contents.current)},
            "message": {"B": message},
        }

    def open(self, tenant: UUID, item: dict[str, Any] | None) -> KeyBundle:
        """Open a bundle; raise `VaultNotCreated`, `VaultDestroyed`, or `DecryptionFailed` if the item was tampered
        with.
        """
        match state_of(item):
            case VaultState.NONE:
                raise VaultNotCreated(tenant)
            case VaultState.SHREDDED:
                raise VaultDestroyed(tenant)
        assert item is not None  # noqa: S101 - or there would be no vault
        message = item["message"]["B"]
        return KeyBundle(int(item["version"]["N"]), _from_bytes(self._plaintext(tenant, message)))

    def _plaintext(self, tenant: UUID, message: bytes) -> bytes:
        self._evict_expired()
        cached = self._cached.get((tenant, _digest(message)))
        if cached is not None:
            return cached[0]
        from crm.vault import kms_message

        plaintext = kms_message.open_(self._key_arn, tenant, message, key_table_unavailable())
        self._cache(tenant, message, plaintext)
        return plaintext

    def _cache(self, tenant: UUID, message: bytes, plaintext: bytes) -> None:
        while len(self._cached) >= _CACHED_BUNDLES:
            del self._cached[next(iter(self._cached))]
        self._cached[tenant, _digest(message)] = (plaintext, self._now() + CACHE_LIFETIME)

    def _evict_expired(self) -> None:
        now = self._now()
        self._cached = {key: cached for key, cached in self._cached.items() if now < cached[1]}


def state_of(item: dict[str, Any] | None) -> VaultState:
    """Return the state that the item states in plaintext."""
    return VaultState.NONE if item is None else VaultState(item["vault_state"]["S"])


def _digest(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def _to_bytes(contents: Keys | PassphraseProtectedKeys) -> bytes:
    kind = "locked" if isinstance(contents, PassphraseProtectedKeys) else "keys"
    return json.dumps({kind: b64encode(contents.to_bytes()).decode()}).encode()


def _from_bytes(plaintext: bytes) -> Keys | PassphraseProtectedKeys:
    match json.loads(plaintext):
        case {"keys": text}:
            return Keys.from_bytes(b64decode(text))
        case {"locked": text}:
            return PassphraseProtectedKeys.from_bytes(b64decode(text))
    raise DecryptionFailed("not a key bundle")
