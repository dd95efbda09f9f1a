"""The keyring: begins, opens and ends the vaults of tenants. Make one per environment: it remembers opened bags."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from crm.vault.bag import BagSeal, VaultState, state_of
from crm.vault.errors import UnlockExpired, VaultLocked, VaultShredded
from crm.vault.inbox import inbox_attributes
from crm.vault.keys import Keys, first_keys
from crm.vault.open_vault import OpenVault
from crm.vault.table import BAG, INBOX, KeyTable, client_item
from crm.vault.unlocks import Unlock
from kit import clock

if TYPE_CHECKING:
    from collections.abc import Sequence


class Keyring:
    """The vaults whose keys lie in the DynamoDB table `table`, under the KMS key `key_arn`."""

    def __init__(self, table: str, key_arn: str, now: clock.Clock = clock.now) -> None:
        self._table = KeyTable(table)
        self._seal = BagSeal(key_arn, now)
        self._now = now

    def state(self, tenant: UUID) -> VaultState:
        """Return what state the tenant's vault is in, without KMS."""
        return state_of(self._table.read(tenant, [BAG]).get(BAG))

    def create(self, tenant: UUID) -> None:
        """Begin a vault without passphrase; one that is there already stays as it is.

        Raises `VaultShredded` where there was one.
        """
        state = self.state(tenant)
        if state is VaultState.SHREDDED:
            raise VaultShredded(tenant)
        if state is not VaultState.NONE:
            return
        keys = first_keys(1, self._now())
        condition = {"ConditionExpression": "attribute_not_exists(tenant)"}
        self._table.transact(
            self._table.put(tenant, BAG, self._seal.seal(tenant, 1, keys), **condition),
            self._table.put(tenant, INBOX, inbox_attributes(keys)),
        )

    def open(self, tenant: UUID, unlock: Unlock | None = None) -> OpenVault:
        """Open the vault; with a passphrase on it, `unlock` is what `unlock` and the session gave."""
        bag = self._seal.open(tenant, self._table.read(tenant, [BAG]).get(BAG))
        if isinstance(bag.inside, Keys):
            return OpenVault(self._table, tenant, bag.inside, has_passphrase=False)
        if unlock is None:
            raise VaultLocked(tenant)
        raise UnlockExpired(tenant)

    def shred_client(self, tenant: UUID, client_id: UUID) -> None:
        """Delete the client's keys: nothing of this client can be read again, from backups neither."""
        self.shred_clients(tenant, [client_id])

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""
        self._table.delete(tenant, [client_item(one) for one in client_ids])
