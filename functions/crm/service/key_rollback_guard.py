"""Opening a book with the keys that its rows know, and no older ones.

Keys and rows are two stores. Whoever writes to the key table alone could put a bag of before the passphrase back, and
what is written from then on would be sealed under keys that no passphrase guards. The row of the book remembers the
newest generation; an older bag, or none at all, opens nothing. After a real restore of the key table somebody has to
say so in the database (docs/runbooks/restore.md), and the trail tells her.
"""

from dataclasses import dataclass
from datetime import timedelta

from crm.domain.audit_log import AuditAction
from crm.repository.key_metadata import KeyMetadata, KeyMetadataRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import set_tenant
from crm.vault import Keyring, OpenVault, UnlockToken, VaultNotCreated
from kit.errors import Conflict
from kit.observability import logger

REFUSED = "keys-put-back"
_TOLD_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeyRollbackGuard:
    """One request's way to the keys of one book."""

    audit_log: AuditLog
    keyring: Keyring
    unlock: UnlockToken | None

    @property
    def _notes(self) -> KeyMetadataRepository:
        return KeyMetadataRepository(self.audit_log.work, self.audit_log.provider_id)

    def begin(self) -> None:
        """Have keys for a book that never had any: where some are missing, no others take their place."""
        if not self._notes.read().key_version:
            self.keyring.create(self.audit_log.provider_id)

    def open(self) -> OpenVault:
        """Open the book; raise one of the vault's errors, or `Conflict` where the keys are older than the rows."""
        # The row first: keys only move on, so that a change at this moment is not taken for an older bag.
        return self._open(self._notes.read())

    def open_and_record(self) -> OpenVault:
        """Open it, and note the generation the first time, in a transaction of its own: no failure undoes it."""
        notes = self._notes.read()
        vault = self._open(notes)
        if vault.generation > notes.key_version:
            if not notes.key_version and notes.generation_seen_at:
                # Somebody with every right on the database said that these are the keys.
                self.audit_log.append(AuditAction.OLDER_KEYS_TAKEN, generation=vault.generation)
            self._notes.record_generation(vault.generation, self.audit_log.clock())
            self._commit()
        return vault

    def _open(self, notes: KeyMetadata) -> OpenVault:
        try:
            vault = self.keyring.open(self.audit_log.provider_id, self.unlock)
        except VaultNotCreated:
            if not notes.key_version:
                raise
            raise self._refused(notes, 0) from None
        if vault.generation < notes.key_version:
            raise self._refused(notes, vault.generation)
        return vault

    def _refused(self, notes: KeyMetadata, found: int) -> Conflict:
        """Write it down, once a day, and return what she is told."""
        audit_log, known = self.audit_log, notes.key_version
        logger().error("the keys of a book are older than its rows", known=known, found=found)
        audit_log.work.rollback()
        set_tenant(audit_log.work, audit_log.provider_id)
        told = audit_log.list(1, action=AuditAction.OLDER_KEYS_REFUSED)
        if not told or told[0].at < audit_log.clock() - _TOLD_AGAIN:
            audit_log.append(AuditAction.OLDER_KEYS_REFUSED, known=known, found=found)
            self._commit()
        return Conflict(
            REFUSED,
            "The keys of your book are older than what is in it, so it stays shut and nothing is changed. Tell us.",
        )

    def _commit(self) -> None:
        self.audit_log.work.commit()
        set_tenant(self.audit_log.work, self.audit_log.provider_id)
