"""The bag: every key of a tenant in one item, sealed by KMS, and under the passphrase layer where there is one.

Plain beside it stand a version (each write is conditional on it), the state, and the number of the last generation, so
that a state can be shown without KMS and a vault begun again never uses a number twice. Nobody trusts these: what the
sealed inside says decides how the bag opens.
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

OPENED_LIFE = timedelta(seconds=60)
_CACHED_BUNDLES = 200


class VaultState(StrEnum):
    """What a page shows before anything is opened."""

    NONE = "none"
    OPEN = "open"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a state
    SHREDDED = "shredded"


@dataclass(frozen=True, slots=True)
class KeyBundle:
    """The bag as it stands in the table, opened as far as KMS goes: the keys, or the keys under a passphrase."""

    version: int
    inside: Keys | PassphraseProtectedKeys


class KeyBundleCipher:
    """Seals and opens bags under the KMS key; an opened one is remembered for `OPENED_LIFE`."""

    def __init__(self, key_arn: str, now: clock.Clock) -> None:
        self._key_arn = key_arn
        self._now = now
        self._opened: dict[tuple[UUID, bytes], tuple[bytes, datetime]] = {}

    def seal(
        self, tenant: UUID, version: int, inside: Keys | PassphraseProtectedKeys
    ) -> dict[str, Any]:
        """Return the attributes of the `bag` item."""
        from crm.vault import kms_message

        plaintext = _to_bytes(inside)
        message = kms_message.seal(self._key_arn, tenant, plaintext, key_table_unavailable())
        self._remember(tenant, message, plaintext)
        locked = isinstance(inside, PassphraseProtectedKeys)
        return {
            "version": {"N": str(version)},
            "vault_state": {"S": VaultState.PASSPHRASE if locked else VaultState.OPEN},
            "generation": {"N": str(inside.current)},
            "message": {"B": message},
        }

    def open(self, tenant: UUID, item: dict[str, Any] | None) -> KeyBundle:
        """Return the bag; raise `NoVault` or `VaultShredded`, or `Unreadable` where the item was tampered with."""
        match state_of(item):
            case VaultState.NONE:
                raise VaultNotCreated(tenant)
            case VaultState.SHREDDED:
                raise VaultDestroyed(tenant)
        assert item is not None  # noqa: S101 - or there would be no vault
        message = item["message"]["B"]
        return KeyBundle(int(item["version"]["N"]), _from_bytes(self._plaintext(tenant, message)))

    def _plaintext(self, tenant: UUID, message: bytes) -> bytes:
        self._forget_old()
        known = self._opened.get((tenant, _digest(message)))
        if known is not None:
            return known[0]
        from crm.vault import kms_message

        plaintext = kms_message.open_(self._key_arn, tenant, message, key_table_unavailable())
        self._remember(tenant, message, plaintext)
        return plaintext

    def _remember(self, tenant: UUID, message: bytes, plaintext: bytes) -> None:
        while len(self._opened) >= _CACHED_BUNDLES:
            del self._opened[next(iter(self._opened))]
        self._opened[tenant, _digest(message)] = (plaintext, self._now() + OPENED_LIFE)

    def _forget_old(self) -> None:
        moment = self._now()
        self._opened = {key: one for key, one in self._opened.items() if moment < one[1]}


def state_of(item: dict[str, Any] | None) -> VaultState:
    """Return what the item says of itself."""
    return VaultState.NONE if item is None else VaultState(item["vault_state"]["S"])


def _digest(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def _to_bytes(inside: Keys | PassphraseProtectedKeys) -> bytes:
    kind = "locked" if isinstance(inside, PassphraseProtectedKeys) else "keys"
    return json.dumps({kind: b64encode(inside.to_bytes()).decode()}).encode()


def _from_bytes(plaintext: bytes) -> Keys | PassphraseProtectedKeys:
    match json.loads(plaintext):
        case {"keys": text}:
            return Keys.from_bytes(b64decode(text))
        case {"locked": text}:
            return PassphraseProtectedKeys.from_bytes(b64decode(text))
    raise DecryptionFailed("not a bag")
