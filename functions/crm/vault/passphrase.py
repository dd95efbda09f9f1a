"""The optional passphrase layer, inside the KMS message: a random lock key wraps the keys, and slots wrap the lock key.

Both KMS and the passphrase are needed, and whoever holds a dump alone cannot even try one. A slot opens with the
passphrase (argon2id, its costs stored with it) or with the recovery code (160 random bits, so HKDF is enough). A change
of passphrase writes one slot anew and nothing else.
"""

from __future__ import annotations

import json
import os
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from crm.vault.errors import DecryptionFailed, WrongPassphrase, WrongRecoveryCode
from crm.vault.keys import Keys
from crm.vault.primitives import derive, length_prefixed, new_key, unwrap, wrap

type SlotKind = Literal["passphrase", "recovery"]


@dataclass(frozen=True, slots=True)
class Argon2Params:
    """What one try of a passphrase costs (RFC 9106, section 4: the second recommended option)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1


ARGON2_PARAMS = Argon2Params()


@dataclass(frozen=True, slots=True)
class KeySlot:
    """The lock key, wrapped by what a person knows or has written down."""

    salt: bytes
    wrapped: bytes
    costs: Argon2Params


@dataclass(frozen=True, slots=True)
class PassphraseProtectedKeys:
    """A tenant's keys under its passphrase. `lock_id` names the lock key: another one, and old unlocks are over."""

    lock_id: str
    current: int
    sealed: bytes
    slots: Mapping[SlotKind, KeySlot]

    def open(self, tenant: UUID, lock_key: bytes) -> Keys:
        """Return the keys; raise `Unreadable` for another lock key."""
        return Keys.from_bytes(
            unwrap(lock_key, self.sealed, _associated_data(tenant, self.lock_id))
        )

    def with_keys(self, tenant: UUID, lock_key: bytes, keys: Keys) -> PassphraseProtectedKeys:
        """Return these keys instead, under the same lock."""
        sealed = wrap(lock_key, keys.to_bytes(), _associated_data(tenant, self.lock_id))
        return replace(self, sealed=sealed, current=keys.current)

    def with_passphrase(
        self, tenant: UUID, lock_key: bytes, passphrase: str
    ) -> PassphraseProtectedKeys:
        """Return the lock with another passphrase."""
        salt, costs = os.urandom(16), ARGON2_PARAMS
        key = _derive(passphrase, salt, costs)
        wrapped = wrap(
            key, lock_key, _slot_associated_data(tenant, self.lock_id, "passphrase", costs)
        )
        return replace(self, slots={**self.slots, "passphrase": KeySlot(salt, wrapped, costs)})

    def with_code(self, tenant: UUID, lock_key: bytes, code: bytes) -> PassphraseProtectedKeys:
        """Return the lock with another recovery code; the one before opens nothing any more."""
        salt = os.urandom(16)
        key = derive(code, "crm recovery", salt)
        wrapped = wrap(
            key, lock_key, _slot_associated_data(tenant, self.lock_id, "recovery", ARGON2_PARAMS)
        )
        return replace(
            self, slots={**self.slots, "recovery": KeySlot(salt, wrapped, ARGON2_PARAMS)}
        )

    def lock_key_by_passphrase(self, tenant: UUID, passphrase: str) -> bytes:
        """Return the lock key; raise `WrongPassphrase`."""
        slot = self.slots["passphrase"]
        key = _derive(passphrase, slot.salt, slot.costs)
        try:
            return unwrap(
                key,
                slot.wrapped,
                _slot_associated_data(tenant, self.lock_id, "passphrase", slot.costs),
            )
        except DecryptionFailed:
            raise WrongPassphrase("it does not open the lock") from None

    def lock_key_by_code(self, tenant: UUID, code: bytes) -> bytes:
        """Return the lock key; raise `WrongRecoveryCode`."""
        slot = self.slots["recovery"]
        key = derive(code, "crm recovery", slot.salt)
        try:
            return unwrap(
                key,
                slot.wrapped,
                _slot_associated_data(tenant, self.lock_id, "recovery", slot.costs),
            )
        except DecryptionFailed:
            raise WrongRecoveryCode("it does not open the lock") from None

    def to_bytes(self) -> bytes:
        """Return it as it is sealed into the bag."""
        slots = {kind: _slot_to_json(slot) for kind, slot in self.slots.items()}
        sealed = b64encode(self.sealed).decode()
        return json.dumps(
            {"lock_id": self.lock_id, "current": self.current, "sealed": sealed, "slots": slots}
        ).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> PassphraseProtectedKeys:
        """Return what was sealed into the bag."""
        found = json.loads(text)
        slots = {kind: _slot_from_json(slot) for kind, slot in found["slots"].items()}
        return cls(found["lock_id"], found["current"], b64decode(found["sealed"]), slots)


def protect(
    tenant: UUID, keys: Keys, passphrase: str, code: bytes
) -> tuple[PassphraseProtectedKeys, bytes]:
    """Return the keys under a new lock, which that passphrase and that recovery code open, and the lock key."""
    lock_key = new_key()
    empty = PassphraseProtectedKeys(os.urandom(16).hex(), keys.current, b"", {})
    locked = empty.with_keys(tenant, lock_key, keys)
    locked = locked.with_passphrase(tenant, lock_key, passphrase)
    return locked.with_code(tenant, lock_key, code), lock_key


def _derive(passphrase: str, salt: bytes, costs: Argon2Params) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    # The same passphrase from another keyboard may come in other code points.
    text = unicodedata.normalize("NFKC", passphrase).encode()
    argon = Argon2id(
        salt=salt,
        length=32,
        iterations=costs.passes,
        lanes=costs.lanes,
        memory_cost=costs.memory_kib,
    )
    return argon.derive(text)


def _associated_data(tenant: UUID, lock_id: str) -> bytes:
    return length_prefixed("crm keys", tenant.hex, lock_id)


def _slot_associated_data(tenant: UUID, lock_id: str, kind: SlotKind, costs: Argon2Params) -> bytes:
    return length_prefixed(
        "crm slot", tenant.hex, lock_id, kind, costs.memory_kib, costs.passes, costs.lanes
    )


def _slot_to_json(slot: KeySlot) -> dict[str, Any]:
    return {
        "salt": b64encode(slot.salt).decode(),
        "wrapped": b64encode(slot.wrapped).decode(),
        "costs": [slot.costs.memory_kib, slot.costs.passes, slot.costs.lanes],
    }


def _slot_from_json(slot: Mapping[str, Any]) -> KeySlot:
    return KeySlot(
        b64decode(slot["salt"]), b64decode(slot["wrapped"]), Argon2Params(*slot["costs"])
    )
