"""Reading and writing what the table holds of a tenant: its bag, opened as far as asked, and what changes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.vault import session_unlocks
from crm.vault.errors import ConcurrentKeyChange, InvalidVaultState, VaultLocked
from crm.vault.inbox import inbox_attributes
from crm.vault.key_bundle import KeyBundle, KeyBundleCipher
from crm.vault.keys import Keys
from crm.vault.passphrase import PassphraseProtectedKeys
from crm.vault.session_unlocks import SessionUnlocks, UnlockToken
from crm.vault.table import BAG, INBOX, LOCKED, KeyTable, session_item

if TYPE_CHECKING:
    from datetime import datetime

    from crm.vault.table import Item, Write
    from kit import clock


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """An opened bag. `inbox` is the public key's item as it was found."""

    bag: KeyBundle
    keys: Keys
    lock_key: bytes | None
    inbox: Item | None

    def inside(self, tenant: UUID, keys: Keys) -> Keys | PassphraseProtectedKeys:
        """Return other keys as they belong into the bag: under the same lock, if there is one."""
        if self.lock_key is None:
            return keys
        return locked(self.bag).with_keys(tenant, self.lock_key, keys)


class VaultStore:
    """The bags of the key table, and the items that are written with them."""

    def __init__(self, table: KeyTable, key_arn: str, now: clock.Clock) -> None:
        self._table = table
        self._seal = KeyBundleCipher(key_arn, now)
        self._now = now

    def read(self, tenant: UUID) -> tuple[KeyBundle, int]:
        """Return the bag, and how often panic was called."""
        found = self._table.read(tenant, [BAG, LOCKED])
        return self._seal.open(tenant, found.get(BAG)), _panics(found)

    def opened(self, tenant: UUID, unlock: UnlockToken | None) -> OpenedBundle:
        """Return the bag, opened through the lock as well; raise `VaultLocked` or `UnlockExpired`."""
        names = [BAG, LOCKED, INBOX]
        if unlock is not None:
            names.append(session_item(unlock.session_id))
        found = self._table.read(tenant, names)
        bag = self._seal.open(tenant, found.get(BAG))
        if isinstance(bag.inside, Keys):
            return OpenedBundle(bag, bag.inside, None, found.get(INBOX))
        if unlock is None:
            raise VaultLocked(tenant)
        lock = SessionUnlocks(tenant, bag.inside.lock_id, _panics(found))
        session = found.get(session_item(unlock.session_id))
        lock_key = session_unlocks.lock_key(lock, unlock, session, self._now())
        return OpenedBundle(bag, bag.inside.open(tenant, lock_key), lock_key, found.get(INBOX))

    def begin(self, tenant: UUID, old: Item | None, keys: Keys) -> bool:
        """Write the first bag, or the first one after a tombstone; tell whether nobody was faster."""
        version = int(old["version"]["N"]) if old else 0
        return self._table.transact(
            self._put_bag(tenant, version, keys), self._put_inbox(tenant, keys)
        )

    def write(
        self, tenant: UUID, bag: KeyBundle, inside: Keys | PassphraseProtectedKeys, *more: Write
    ) -> None:
        """Write the bag in place of the one that was read; raise `ChangedMeanwhile` where that is not there now."""
        if not self._table.transact(self._put_bag(tenant, bag.version, inside), *more):
            raise ConcurrentKeyChange(tenant)

    def write_next(
        self, tenant: UUID, bag: KeyBundle, inside: Keys | PassphraseProtectedKeys, keys: Keys
    ) -> None:
        """Write a bag with a new generation, and its inbox key, at once."""
        self.write(tenant, bag, inside, self._put_inbox(tenant, keys))

    def session(
        self, session_id: str, lock: SessionUnlocks, lock_key: bytes, until: datetime
    ) -> tuple[str, list[Write]]:
        """Return the secret of a new unlock, and its writes: they do not hold once panic was called."""
        secret, attributes = session_unlocks.begin(lock, session_id, lock_key, until)
        if lock.panics:
            same: dict[str, Any] = {
                "ConditionExpression": "panics = :panics",
                "ExpressionAttributeValues": {":panics": {"N": str(lock.panics)}},
            }
        else:
            same = {"ConditionExpression": "attribute_not_exists(panics)"}
        return secret, [
            self._table.put(lock.tenant, session_item(session_id), attributes),
            self._table.check(lock.tenant, LOCKED, **same),
        ]

    def check_bag(self, tenant: UUID, bag: KeyBundle) -> Write:
        """Return the condition that the bag is still the one that was read."""
        return self._table.check(tenant, BAG, **_version_is(bag.version))

    def repair_inbox_key(self, tenant: UUID, opened: OpenedBundle) -> bool:
        """Put the right public key back where another one stands; tell whether that was so."""
        right = inbox_attributes(opened.keys)
        if opened.inbox is not None and right.items() <= opened.inbox.items():
            return False
        # Only while the bag is the one that was read: else the other key is the next generation's.
        return self._table.transact(
            self._put_inbox(tenant, opened.keys), self.check_bag(tenant, opened.bag)
        )

    def delete_all(self, tenant: UUID, prefix: str) -> None:
        """Delete every item of the tenant whose name begins so; never the bag."""
        for page in self._table.pages(tenant, prefix):
            names = [item["item"]["S"] for item in page]
            self._table.delete(tenant, [name for name in names if name != BAG])

    def _put_bag(self, tenant: UUID, version: int, inside: Keys | PassphraseProtectedKeys) -> Write:
        attributes = self._seal.seal(tenant, version + 1, inside)
        return self._table.put(tenant, BAG, attributes, **_version_is(version))

    def _put_inbox(self, tenant: UUID, keys: Keys) -> Write:
        return self._table.put(tenant, INBOX, inbox_attributes(keys))


def locked(bag: KeyBundle) -> PassphraseProtectedKeys:
    """Return the keys under their lock; raise `WrongState` where there is no lock."""
    if isinstance(bag.inside, PassphraseProtectedKeys):
        return bag.inside
    raise InvalidVaultState("there is no passphrase")


def _version_is(version: int) -> dict[str, Any]:
    if version == 0:
        return {"ConditionExpression": "attribute_not_exists(tenant)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _panics(found: dict[str, Item]) -> int:
    return int(found[LOCKED]["panics"]["N"]) if LOCKED in found else 0
