"""The optional passphrase layer, inside the KMS message: a random lock key wraps the keys, and key slots wrap the lock
key.

Both KMS and the passphrase are needed: a stolen dump alone does not even allow one guess. A slot opens with the
passphrase (argon2id, its parameters stored with it) or with the recovery code (160 random bits, so HKDF is enough). A
change of the passphrase rewrites one slot and nothing else.
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
    """Cost of one guess of a passphrase (RFC 9106, section 4: the second recommended option)."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1


ARGON2_PARAMS = Argon2Params()


@dataclass(frozen=True, slots=True)
class KeySlot:
    """The lock key, wrapped by the passphrase or by the recovery code."""

    salt: bytes
    wrapped: bytes
    params: Argon2Params


@dataclass(frozen=True, slots=True)
class PassphraseProtectedKeys:
    """A tenant's keys under its passphrase. `lock_id` names the lock key: with another one, old unlocks end."""

    lock_id: str
    current: int
    sealed: bytes
    slots: Mapping[SlotKind, KeySlot]

    def open(self, tenant: UUID, lock_key: bytes) -> Keys:
        """Return the keys; raise `DecryptionFailed` for another lock key."""
        return Keys.from_bytes(
            unwrap(lock_key, self.sealed, _associated_data(tenant, self.lock_id))
        )

    def with_keys(self, tenant: UUID, lock_key: bytes, keys: Keys) -> PassphraseProtectedKeys:
        """Replace the keys under the same lock key."""
        sealed = wrap(lock_key, keys.to_bytes(), _associated_data(tenant, self.lock_id))
        return replace(self, sealed=sealed, current=keys.current)

    def with_passphrase(
        self, tenant: UUID, lock_key: bytes, passphrase: str
    ) -> PassphraseProtectedKeys:
        """Replace the passphrase slot."""
        salt, params = os.urandom(16), ARGON2_PARAMS
        key = _derive(passphrase, salt, params)
        wrapped = wrap(
            key, lock_key, _slot_associated_data(tenant, self.lock_id, "passphrase", params)
        )
        return replace(self, slots={**self.slots, "passphrase": KeySlot(salt, wrapped, params)})

    def with_code(self, tenant: UUID, lock_key: bytes, code: bytes) -> PassphraseProtectedKeys:
        """Replace the recovery slot; the previous code stops working."""
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
        key = _derive(passphrase, slot.salt, slot.params)
        try:
            return unwrap(
                key,
                slot.wrapped,
                _slot_associated_data(tenant, self.lock_id, "passphrase", slot.params),
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
                _slot_associated_data(tenant, self.lock_id, "recovery", slot.params),
            )
        except DecryptionFailed:
            raise WrongRecoveryCode("it does not open the lock") from None

    def to_bytes(self) -> bytes:
        """Encode the protected keys for the bundle."""
        slots = {kind: _slot_to_json(slot) for kind, slot in self.slots.items()}
        sealed = b64encode(self.sealed).decode()
        return json.dumps(
            {"lock_id": self.lock_id, "current": self.current, "sealed": sealed, "slots": slots}
        ).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> PassphraseProtectedKeys:
        """Decode the protected keys of a bundle."""
        stored = json.loads(text)
        slots = {kind: _slot_from_json(slot) for kind, slot in stored["slots"].items()}
        return cls(stored["lock_id"], stored["current"], b64decode(stored["sealed"]), slots)


def protect(
    tenant: UUID, keys: Keys, passphrase: str, code: bytes
) -> tuple[PassphraseProtectedKeys, bytes]:
    """Protect keys by a passphrase and a recovery code; return them and the new lock key."""
    lock_key = new_key()
    empty = PassphraseProtectedKeys(os.urandom(16).hex(), keys.current, b"", {})
    locked = empty.with_keys(tenant, lock_key, keys)
    locked = locked.with_passphrase(tenant, lock_key, passphrase)
    return locked.with_code(tenant, lock_key, code), lock_key


def _derive(passphrase: str, salt: bytes, params: Argon2Params) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    # The same passphrase from another keyboard may come in other code points.
    text = unicodedata.normalize("NFKC", passphrase).encode()
    argon = Argon2id(
        salt=salt,
        length=32,
        iterations=params.passes,
        lanes=params.lanes,
        memory_cost=params.memory_kib,
    )
    return argon.derive(text)


def _associated_data(tenant: UUID, lock_id: str) -> bytes:
    return length_prefixed("crm keys", tenant.hex, lock_id)


def _slot_associated_data(
    tenant: UUID, lock_id: str, kind: SlotKind, params: Argon2Params
) -> bytes:
    return length_prefixed(
        "crm slot", tenant.hex, lock_id, kind, params.memory_kib, params.passes, params.lanes
    )


def _slot_to_json(slot: KeySlot) -> dict[str, Any]:
    return {
        "salt": b64encode(slot.salt).decode(),
        "wrapped": b64encode(slot.wrapped).decode(),
        "costs": [slot.params.memory_kib, slot.params.passes, slot.params.lanes],
    }


def _slot_from_json(slot: Mapping[str, Any]) -> KeySlot:
    return KeySlot(
        b64decode(slot["salt"]), b64decode(slot["wrapped"]), Argon2Params(*slot["costs"])
    )
