"""The keyring: creates, opens, locks and shreds the vaults of tenants.

Make one per environment: opened bundles are cached for a minute. Every write of a bundle is conditional on the bundle
that was read, and each operation is one write (a transaction if it concerns two items), so that an operation killed at
any point has either happened or not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from crm.vault import recovery_code
from crm.vault.client_keys import wrapped_keys
from crm.vault.errors import InvalidVaultState, UnlockExpired, VaultDestroyed, VaultNotCreated
from crm.vault.key_bundle import VaultState, state_of
from crm.vault.keys import first_keys
from crm.vault.open_vault import OpenVault
from crm.vault.passphrase import PassphraseProtectedKeys, protect
from crm.vault.session_unlocks import SessionUnlocks, UnlockToken
from crm.vault.store import VaultStore, protected_keys
from crm.vault.table import BUNDLE, CLIENTS, LOCKED, SESSIONS, KeyTable, client_item, session_item
from kit import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RETIRED_KEYS_KEPT = timedelta(minutes=15)
"""No function runs longer: until then, a function that started earlier may still seal under the previous generation."""


class Keyring:
    """The vaults whose keys are in the DynamoDB table `table`, under the KMS key `key_arn`."""

    def __init__(self, table: str, key_arn: str, now: clock.Clock = clock.now) -> None:
        self._table = KeyTable(table)
        self._store = VaultStore(self._table, key_arn, now)
        self._now = now

    def state(self, tenant: UUID) -> VaultState:
        """Return the state of the tenant's vault, without KMS."""
        return state_of(self._table.read(tenant, [BUNDLE]).get(BUNDLE))

    def create(self, tenant: UUID, *, recreate: bool = False) -> None:
        """Create a vault without passphrase; an existing vault stays as it is.

        Raises `VaultDestroyed` after a shredded vault, unless `recreate` asks for a new one in its place.
        """
        old = self._table.read(tenant, [BUNDLE]).get(BUNDLE)
        state = state_of(old)
        if state is VaultState.SHREDDED and not recreate:
            raise VaultDestroyed(tenant)
        if state in {VaultState.OPEN, VaultState.PASSPHRASE}:
            return
        # A number that was used before would make old rows look like new ones.
        generation = int(old["generation"]["N"]) + 1 if old else 1
        self._store.create(tenant, old, first_keys(generation, self._now()))

    def open(self, tenant: UUID, unlock: UnlockToken | None = None) -> OpenVault:
        """Open the vault; if it has a passphrase, `unlock` is the session and the secret that unlocking returned.

        Raises `VaultNotCreated`, `VaultDestroyed`, `VaultLocked`, `UnlockExpired`, and `Unavailable` if KMS or DynamoDB
        is out of reach.
        """
        opened = self._store.open(tenant, unlock)
        return OpenVault(
            self._table,
            tenant,
            opened.keys,
            has_passphrase=opened.lock_key is not None,
            inbox_was_changed=self._store.repair_inbox_key(tenant, opened),
        )

    def unlock(self, tenant: UUID, session_id: str, passphrase: str, until: datetime) -> str:
        """Unlock the vault for that session; return the secret, which is stored nowhere. Raises `WrongPassphrase`."""
        bundle, lock_all_count = self._store.read(tenant)
        contents = protected_keys(bundle)
        lock_key = contents.lock_key_by_passphrase(tenant, passphrase)
        lock = SessionUnlocks(tenant, contents.lock_id, lock_all_count)
        secret, writes = self._store.unlock_writes(session_id, lock, lock_key, until)
        if not self._table.transact(*writes, self._store.require_unchanged(tenant, bundle)):
            raise UnlockExpired("locked or changed meanwhile")
        return secret

    def recover(
        self, tenant: UUID, session_id: str, code: str, new_passphrase: str, until: datetime
    ) -> tuple[str, str]:
        """Unlock by the recovery code, and set a new passphrase and a new lock key.

        Returns the secret for the session and the next recovery code. Every other unlock ends. Raises
        `MalformedRecoveryCode` or `WrongRecoveryCode`.
        """
        typed_code = recovery_code.from_text(code)
        bundle, lock_all_count = self._store.read(tenant)
        old = protected_keys(bundle)
        keys = old.open(tenant, old.lock_key_by_code(tenant, typed_code))
        new_code = recovery_code.new_code()
        contents, lock_key = protect(tenant, keys, new_passphrase, new_code)
        lock = SessionUnlocks(tenant, contents.lock_id, lock_all_count)
        secret, writes = self._store.unlock_writes(session_id, lock, lock_key, until)
        self._store.write(tenant, bundle, contents, *writes)
        return secret, recovery_code.to_text(new_code)

    def lock(self, tenant: UUID, session_id: str) -> None:
        """End the unlock of that session."""
        self._table.delete(tenant, [session_item(session_id)])

    def lock_all(self, tenant: UUID) -> None:
        """End every unlock of the tenant, including one that is being created at this moment."""
        self._table.update(tenant, LOCKED, "ADD lock_all_count :one", None, {":one": {"N": "1"}})
        # The session items open nothing from here on; their wrapped keys are deleted all the same.
        self._store.delete_all(tenant, SESSIONS)

    def enable_passphrase(self, tenant: UUID, passphrase: str) -> str:
        """Set a passphrase; return the recovery code, which is shown once. A new generation begins."""
        bundle, _ = self._store.read(tenant)
        if isinstance(bundle.contents, PassphraseProtectedKeys):
            raise InvalidVaultState("there is a passphrase already")
        keys = bundle.contents.with_next(self._now())
        code = recovery_code.new_code()
        contents, _ = protect(tenant, keys, passphrase, code)
        self._store.write_next(tenant, bundle, contents, keys)
        return recovery_code.to_text(code)

    def disable_passphrase(self, tenant: UUID, unlock: UnlockToken) -> None:
        """Remove the passphrase; a new generation begins."""
        opened = self._store.open(tenant, unlock)
        protected_keys(opened.bundle)
        keys = opened.keys.with_next(self._now())
        self._store.write_next(tenant, opened.bundle, keys, keys)
        self._store.delete_all(tenant, SESSIONS)

    def change_passphrase(self, tenant: UUID, old: str, new: str) -> None:
        """Change the passphrase of the same lock key. Raises `WrongPassphrase`."""
        bundle, _ = self._store.read(tenant)
        contents = protected_keys(bundle)
        lock_key = contents.lock_key_by_passphrase(tenant, old)
        self._store.write(tenant, bundle, contents.with_passphrase(tenant, lock_key, new))

    def new_recovery_code(self, tenant: UUID, passphrase: str) -> str:
        """Return a new recovery code; the previous one stops working. Raises `WrongPassphrase`."""
        bundle, _ = self._store.read(tenant)
        contents = protected_keys(bundle)
        lock_key = contents.lock_key_by_passphrase(tenant, passphrase)
        code = recovery_code.new_code()
        self._store.write(tenant, bundle, contents.with_code(tenant, lock_key, code))
        return recovery_code.to_text(code)

    def rotate(self, tenant: UUID, unlock: UnlockToken | None = None) -> None:
        """Begin a new generation; documents sealed under older ones stay readable until these are dropped."""
        opened = self._store.open(tenant, unlock)
        keys = opened.keys.with_next(self._now())
        self._store.write_next(tenant, opened.bundle, opened.reprotect(tenant, keys), keys)

    def drop_generation(self, tenant: UUID, unlock: UnlockToken | None, generation: int) -> bool:
        """Drop a generation's keys once every row is re-keyed and the inbox is empty; tell whether they are gone.

        The keys stay while a client still has a key of theirs, or while a function that started before the next
        generation may run. Raises `InvalidVaultState` for the current generation.
        """
        opened = self._store.open(tenant, unlock)
        keys = opened.keys
        if generation == keys.current:
            raise InvalidVaultState("new documents are sealed under it")
        if generation not in keys.generations:
            return True
        if self._now() < keys.retired_at(generation) + RETIRED_KEYS_KEPT:
            return False
        if self._has_client_keys(tenant, generation):
            return False
        self._store.write(tenant, opened.bundle, opened.reprotect(tenant, keys.without(generation)))
        return True

    def shred(self, tenant: UUID) -> None:
        """Destroy every key of the tenant: nothing can be read again. Needs neither KMS nor an opened vault."""
        there = self._table.update(
            tenant,
            BUNDLE,
            "SET vault_state = :state, version = version + :one REMOVE message",
            "attribute_exists(tenant)",
            {":state": {"S": VaultState.SHREDDED}, ":one": {"N": "1"}},
        )
        if there is None:
            raise VaultNotCreated(tenant)
        self._store.delete_all(tenant, "")

    def shred_client(self, tenant: UUID, client_id: UUID) -> None:
        """Delete the client's keys: no data of this client can be read again, not even from backups."""
        self.shred_clients(tenant, [client_id])

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""
        self._table.delete(tenant, [client_item(client_id) for client_id in client_ids])

    def delete_orphaned_keys(
        self, tenant: UUID, client_id: UUID, seen: Mapping[int, bytes], generation: int
    ) -> bool:
        """Delete a client's keys if they are still the `expected` ones; tell whether they are gone.

        They differ if a key of `generation` was added, under which a row may be sealed, or if new keys replaced all of
        them.
        """
        newest = max(seen)
        return self._table.transact(
            self._table.remove(
                tenant,
                client_item(client_id),
                ConditionExpression=f"key_{newest} = :seen AND attribute_not_exists(key_{generation})",
                ExpressionAttributeValues={":seen": {"B": seen[newest]}},
            )
        )

    def _has_client_keys(self, tenant: UUID, generation: int) -> bool:
        pages = self._table.pages(tenant, CLIENTS)
        return any(generation in wrapped_keys(item) for page in pages for item in page)
