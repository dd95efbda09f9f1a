"""Reads and writes of a tenant's items in the key table: the bundle, opened as far as asked, and its companions."""

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
from crm.vault.table import BUNDLE, INBOX, LOCKED, KeyTable, session_item

if TYPE_CHECKING:
    from datetime import datetime

    from crm.vault.table import Item, Write
    from kit import clock


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """An opened bundle. `inbox` is the public key's item as it was found."""

    bundle: KeyBundle
    keys: Keys
    lock_key: bytes | None
    inbox: Item | None

    def reprotect(self, tenant: UUID, keys: Keys) -> Keys | PassphraseProtectedKeys:
        """Return other keys as contents of the bundle: under the same lock, if there is one."""
        if self.lock_key is None:
            return keys
        return protected_keys(self.bundle).with_keys(tenant, self.lock_key, keys)


class VaultStore:
    """The bundles of the key table, and the items that are written with them."""

    def __init__(self, table: KeyTable, key_arn: str, now: clock.Clock) -> None:
        self._table = table
        self._cipher = KeyBundleCipher(key_arn, now)
        self._now = now

    def read(self, tenant: UUID) -> tuple[KeyBundle, int]:
        """Return the bundle, and how often all sessions were locked."""
        items = self._table.read(tenant, [BUNDLE, LOCKED])
        return self._cipher.open(tenant, items.get(BUNDLE)), _lock_all_count(items)

    def open(self, tenant: UUID, unlock: UnlockToken | None) -> OpenedBundle:
        """Open the bundle, through the lock as well; raise `VaultLocked` or `UnlockExpired`."""
        item_names = [BUNDLE, LOCKED, INBOX]
        if unlock is not None:
            item_names.append(session_item(unlock.session_id))
        items = self._table.read(tenant, item_names)
        bundle = self._cipher.open(tenant, items.get(BUNDLE))
        if isinstance(bundle.contents, Keys):
            return OpenedBundle(bundle, bundle.contents, None, items.get(INBOX))
        if unlock is None:
            raise VaultLocked(tenant)
        lock = SessionUnlocks(tenant, bundle.contents.lock_id, _lock_all_count(items))
        session = items.get(session_item(unlock.session_id))
        lock_key = session_unlocks.unwrap_lock_key(lock, unlock, session, self._now())
        return OpenedBundle(
            bundle, bundle.contents.open(tenant, lock_key), lock_key, items.get(INBOX)
        )

    def create(self, tenant: UUID, old: Item | None, keys: Keys) -> bool:
        """Write the first bundle, or the first after a tombstone; return False if another request was faster."""
        version = int(old["version"]["N"]) if old else 0
        return self._table.transact(
            self._put_bundle(tenant, version, keys), self._put_inbox(tenant, keys)
        )

    def write(
        self,
        tenant: UUID,
        bundle: KeyBundle,
        contents: Keys | PassphraseProtectedKeys,
        *writes: Write,
    ) -> None:
        """Replace the bundle that was read; raise `ConcurrentKeyChange` if another one is stored now."""
        if not self._table.transact(self._put_bundle(tenant, bundle.version, contents), *writes):
            raise ConcurrentKeyChange(tenant)

    def write_next(
        self, tenant: UUID, bundle: KeyBundle, contents: Keys | PassphraseProtectedKeys, keys: Keys
    ) -> None:
        """Write a bundle with a new generation, and its inbox key, at once."""
        self.write(tenant, bundle, contents, self._put_inbox(tenant, keys))

    def unlock_writes(
        self, session_id: str, lock: SessionUnlocks, lock_key: bytes, until: datetime
    ) -> tuple[str, list[Write]]:
        """Return the secret of a new unlock, and its writes: they fail once all sessions were locked."""
        secret, attributes = session_unlocks.create_unlock(lock, session_id, lock_key, until)
        if lock.lock_all_count:
            condition: dict[str, Any] = {
                "ConditionExpression": "lock_all_count = :lock_all_count",
                "ExpressionAttributeValues": {":lock_all_count": {"N": str(lock.lock_all_count)}},
            }
        else:
            condition = {"ConditionExpression": "attribute_not_exists(lock_all_count)"}
        return secret, [
            self._table.put(lock.tenant, session_item(session_id), attributes),
            self._table.check(lock.tenant, LOCKED, **condition),
        ]

    def require_unchanged(self, tenant: UUID, bundle: KeyBundle) -> Write:
        """Return the condition that the bundle is still the one that was read."""
        return self._table.check(tenant, BUNDLE, **_version_is(bundle.version))

    def repair_inbox_key(self, tenant: UUID, opened: OpenedBundle) -> bool:
        """Restore the right public key if another one is stored; tell whether that was so."""
        expected = inbox_attributes(opened.keys)
        if opened.inbox is not None and expected.items() <= opened.inbox.items():
            return False
        # Only while the bundle is the one that was read: else the other key is the next generation's.
        return self._table.transact(
            self._put_inbox(tenant, opened.keys), self.require_unchanged(tenant, opened.bundle)
        )

    def delete_all(self, tenant: UUID, prefix: str) -> None:
        """Delete every item of the tenant with that name prefix, except the bundle."""
        for page in self._table.pages(tenant, prefix):
            item_names = [item["item"]["S"] for item in page]
            self._table.delete(tenant, [name for name in item_names if name != BUNDLE])

    def _put_bundle(
        self, tenant: UUID, version: int, contents: Keys | PassphraseProtectedKeys
    ) -> Write:
        attributes = self._cipher.seal(tenant, version + 1, contents)
        return self._table.put(tenant, BUNDLE, attributes, **_version_is(version))

    def _put_inbox(self, tenant: UUID, keys: Keys) -> Write:
        return self._table.put(tenant, INBOX, inbox_attributes(keys))


def protected_keys(bundle: KeyBundle) -> PassphraseProtectedKeys:
    """Return the keys under their lock; raise `InvalidVaultState` if there is no lock."""
    if isinstance(bundle.contents, PassphraseProtectedKeys):
        return bundle.contents
    raise InvalidVaultState("there is no passphrase")


def _version_is(version: int) -> dict[str, Any]:
    if version == 0:
        return {"ConditionExpression": "attribute_not_exists(tenant)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _lock_all_count(items: dict[str, Item]) -> int:
    return int(items[LOCKED]["lock_all_count"]["N"]) if LOCKED in items else 0
