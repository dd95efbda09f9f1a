"""Protection against a rollback of keys: a workspace opens only with keys as new as its rows.

Keys and rows are two stores. An attacker who can write to the key table alone could put back a bundle from before the
passphrase, and later records would be encrypted under keys that no passphrase guards. The row of the workspace stores
the newest generation; an older bundle, or a missing one, is refused. After a real restore of the key table an operator
has to state so in the database (docs/runbooks/restore.md), and the audit log tells the provider.
"""

from dataclasses import dataclass
from datetime import timedelta

from crm.domain.audit_log import AuditAction
from crm.repository.key_metadata import KeyMetadata, KeyMetadataRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import set_tenant
from crm.vault import Keyring, OpenVault, UnlockToken, VaultNotCreated
from kit.errors import Conflict
from kit.i18n import gettext as _
from kit.observability import logger

ROLLBACK_DETECTED = "key-rollback-detected"
_RECORD_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeyRollbackGuard:
    """Opens one workspace's keys for one request."""

    audit_log: AuditLog
    keyring: Keyring
    unlock: UnlockToken | None

    @property
    def _key_metadata(self) -> KeyMetadataRepository:
        return KeyMetadataRepository(self.audit_log.work, self.audit_log.provider_id)

    def create_first_keys(self) -> None:
        """Create the keys of a workspace that never had any; missing keys are not replaced."""
        if not self._key_metadata.read().key_version:
            self.keyring.create(self.audit_log.provider_id)

    def open(self) -> OpenVault:
        """Open the vault; raise one of its errors, or `Conflict` if the keys are older than the rows."""
        # The row first: generations only increase, so that a concurrent change is not taken for an older bundle.
        return self._open(self._key_metadata.read())

    def open_and_record(self) -> OpenVault:
        """Open the vault, and record a new generation in a transaction of its own: no failure undoes it."""
        metadata = self._key_metadata.read()
        vault = self._open(metadata)
        if vault.generation > metadata.key_version:
            if not metadata.key_version and metadata.generation_seen_at:
                # An operator with full rights on the database stated that these are the keys.
                self.audit_log.append(AuditAction.OLDER_KEYS_ACCEPTED, generation=vault.generation)
            self._key_metadata.record_generation(vault.generation, self.audit_log.clock())
            self._commit()
        return vault

    def _open(self, metadata: KeyMetadata) -> OpenVault:
        try:
            vault = self.keyring.open(self.audit_log.provider_id, self.unlock)
        except VaultNotCreated:
            if not metadata.key_version:
                raise
            raise self._record_rollback(metadata, 0) from None
        if vault.generation < metadata.key_version:
            raise self._record_rollback(metadata, vault.generation)
        return vault

    def _record_rollback(self, metadata: KeyMetadata, found_version: int) -> Conflict:
        """Audit the rollback, once a day, and return the error for the provider."""
        audit_log, known_version = self.audit_log, metadata.key_version
        logger().error(
            "the keys of a workspace are older than its rows",
            known=known_version,
            found=found_version,
        )
        audit_log.work.rollback()
        set_tenant(audit_log.work, audit_log.provider_id)
        recorded = audit_log.list(1, action=AuditAction.KEY_ROLLBACK_REFUSED)
        if not recorded or recorded[0].at < audit_log.clock() - _RECORD_EVERY:
            audit_log.append(
                AuditAction.KEY_ROLLBACK_REFUSED, known=known_version, found=found_version
            )
            self._commit()
        return Conflict(
            ROLLBACK_DETECTED,
            _(
                "The encryption keys are older than your data, so access is refused. Nothing was changed."
                " Contact support."
            ),
        )

    def _commit(self) -> None:
        self.audit_log.work.commit()
        set_tenant(self.audit_log.work, self.audit_log.provider_id)
