"""The keyring: begins, opens, locks and ends the vaults of tenants.

Make one per environment: it remembers opened bags for a minute. Every write of a bag is conditional on the bag that was
read, and each operation is one write (a transaction where it is about two items), so that one killed at any point has
either happened or not.
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
from crm.vault.store import VaultStore, locked
from crm.vault.table import BAG, CLIENTS, LOCKED, SESSIONS, KeyTable, client_item, session_item
from kit import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DROP_AFTER = timedelta(minutes=15)
"""No function runs longer: until then, one that began earlier may still seal under the generation before."""


class Keyring:
    """The vaults whose keys lie in the DynamoDB table `table`, under the KMS key `key_arn`."""

    def __init__(self, table: str, key_arn: str, now: clock.Clock = clock.now) -> None:
        self._table = KeyTable(table)
        self._store = VaultStore(self._table, key_arn, now)
        self._now = now

    def state(self, tenant: UUID) -> VaultState:
        """Return what state the tenant's vault is in, without KMS."""
        return state_of(self._table.read(tenant, [BAG]).get(BAG))

    def create(self, tenant: UUID, *, again: bool = False) -> None:
        """Begin a vault without passphrase; one that is there already stays as it is.

        Where there was one that is shredded, raises `VaultShredded`, unless a new one is to begin in its place.
        """
        old = self._table.read(tenant, [BAG]).get(BAG)
        state = state_of(old)
        if state is VaultState.SHREDDED and not again:
            raise VaultDestroyed(tenant)
        if state in {VaultState.OPEN, VaultState.PASSPHRASE}:
            return
        # A number that was used before would make old rows look like new ones.
        generation = int(old["generation"]["N"]) + 1 if old else 1
        self._store.begin(tenant, old, first_keys(generation, self._now()))

    def open(self, tenant: UUID, unlock: UnlockToken | None = None) -> OpenVault:
        """Open the vault; with a passphrase on it, `unlock` is the session and the secret that unlocking gave.

        Raises `NoVault`, `VaultShredded`, `VaultLocked`, `UnlockExpired`, and `Unavailable` where KMS or DynamoDB is
        out of reach.
        """
        opened = self._store.opened(tenant, unlock)
        return OpenVault(
            self._table,
            tenant,
            opened.keys,
            has_passphrase=opened.lock_key is not None,
            inbox_was_changed=self._store.repair_inbox_key(tenant, opened),
        )

    def unlock(self, tenant: UUID, session_id: str, passphrase: str, until: datetime) -> str:
        """Open the lock for that session; return the secret, which is kept nowhere. Raises `WrongPassphrase`."""
        bag, panics = self._store.read(tenant)
        inside = locked(bag)
        lock_key = inside.lock_key_by_passphrase(tenant, passphrase)
        lock = SessionUnlocks(tenant, inside.lock_id, panics)
        secret, writes = self._store.session(session_id, lock, lock_key, until)
        if not self._table.transact(*writes, self._store.check_bag(tenant, bag)):
            raise UnlockExpired("locked or changed meanwhile")
        return secret

    def recover(
        self, tenant: UUID, session_id: str, code: str, new_passphrase: str, until: datetime
    ) -> tuple[str, str]:
        """Open the lock by the recovery code and put a new lock in its place.

        Returns the secret for the session and the next recovery code. Every other unlock is over. Raises
        `MistypedCode` or `WrongRecoveryCode`.
        """
        typed = recovery_code.from_text(code)
        bag, panics = self._store.read(tenant)
        old = locked(bag)
        keys = old.open(tenant, old.lock_key_by_code(tenant, typed))
        new_code = recovery_code.new_code()
        inside, lock_key = protect(tenant, keys, new_passphrase, new_code)
        lock = SessionUnlocks(tenant, inside.lock_id, panics)
        secret, writes = self._store.session(session_id, lock, lock_key, until)
        self._store.write(tenant, bag, inside, *writes)
        return secret, recovery_code.to_text(new_code)

    def lock(self, tenant: UUID, session_id: str) -> None:
        """End the unlock of that session."""
        self._table.delete(tenant, [session_item(session_id)])

    def panic(self, tenant: UUID) -> None:
        """End every unlock of the tenant, also one that is being made at this moment."""
        self._table.update(tenant, LOCKED, "ADD panics :one", None, {":one": {"N": "1"}})
        # They open nothing from here on; what they wrapped shall not lie about either.
        self._store.delete_all(tenant, SESSIONS)

    def enable_passphrase(self, tenant: UUID, passphrase: str) -> str:
        """Put a lock on the vault; return the recovery code, which is shown once. A new generation begins."""
        bag, _ = self._store.read(tenant)
        if isinstance(bag.inside, PassphraseProtectedKeys):
            raise InvalidVaultState("there is a passphrase already")
        keys = bag.inside.with_next(self._now())
        code = recovery_code.new_code()
        inside, _ = protect(tenant, keys, passphrase, code)
        self._store.write_next(tenant, bag, inside, keys)
        return recovery_code.to_text(code)

    def disable_passphrase(self, tenant: UUID, unlock: UnlockToken) -> None:
        """Take the lock off; a new generation begins."""
        opened = self._store.opened(tenant, unlock)
        locked(opened.bag)
        keys = opened.keys.with_next(self._now())
        self._store.write_next(tenant, opened.bag, keys, keys)
        self._store.delete_all(tenant, SESSIONS)

    def change_passphrase(self, tenant: UUID, old: str, new: str) -> None:
        """Let another passphrase open the same lock. Raises `WrongPassphrase`."""
        bag, _ = self._store.read(tenant)
        inside = locked(bag)
        lock_key = inside.lock_key_by_passphrase(tenant, old)
        self._store.write(tenant, bag, inside.with_passphrase(tenant, lock_key, new))

    def new_recovery_code(self, tenant: UUID, passphrase: str) -> str:
        """Return another recovery code; the one before opens nothing any more. Raises `WrongPassphrase`."""
        bag, _ = self._store.read(tenant)
        inside = locked(bag)
        lock_key = inside.lock_key_by_passphrase(tenant, passphrase)
        code = recovery_code.new_code()
        self._store.write(tenant, bag, inside.with_code(tenant, lock_key, code))
        return recovery_code.to_text(code)

    def rotate(self, tenant: UUID, unlock: UnlockToken | None = None) -> None:
        """Begin a new generation; what is sealed under the others stays readable until they are dropped."""
        opened = self._store.opened(tenant, unlock)
        keys = opened.keys.with_next(self._now())
        self._store.write_next(tenant, opened.bag, opened.inside(tenant, keys), keys)

    def drop_generation(self, tenant: UUID, unlock: UnlockToken | None, generation: int) -> bool:
        """Forget a generation's keys, once every row is re-keyed and the inbox is empty; tell whether they are gone.

        Not yet, while a client still has its key, or while a function that began before the next one may run.
        Raises `WrongState` for the current generation.
        """
        opened = self._store.opened(tenant, unlock)
        keys = opened.keys
        if generation == keys.current:
            raise InvalidVaultState("new documents are sealed under it")
        if generation not in keys.generations:
            return True
        if self._now() < keys.retired_at(generation) + DROP_AFTER:
            return False
        if self._is_used(tenant, generation):
            return False
        self._store.write(tenant, opened.bag, opened.inside(tenant, keys.without(generation)))
        return True

    def shred(self, tenant: UUID) -> None:
        """Destroy every key of the tenant; nothing can be read again. Needs neither KMS nor an opened vault."""
        there = self._table.update(
            tenant,
            BAG,
            "SET vault_state = :state, version = version + :one REMOVE message",
            "attribute_exists(tenant)",
            {":state": {"S": VaultState.SHREDDED}, ":one": {"N": "1"}},
        )
        if there is None:
            raise VaultNotCreated(tenant)
        self._store.delete_all(tenant, "")

    def shred_client(self, tenant: UUID, client_id: UUID) -> None:
        """Delete the client's keys: nothing of this client can be read again, from backups neither."""
        self.shred_clients(tenant, [client_id])

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""
        self._table.delete(tenant, [client_item(one) for one in client_ids])

    def sweep_client(
        self, tenant: UUID, client_id: UUID, seen: Mapping[int, bytes], generation: int
    ) -> bool:
        """Delete a client's keys that were `seen`, unless there are others by now; tell whether they are gone.

        Others are a key of `generation`, which somebody began to seal under, or new ones in place of all of them.
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

    def _is_used(self, tenant: UUID, generation: int) -> bool:
        pages = self._table.pages(tenant, CLIENTS)
        return any(generation in wrapped_keys(item) for page in pages for item in page)
