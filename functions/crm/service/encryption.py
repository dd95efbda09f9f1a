"""The passphrase of a workspace, its recovery code and its keys: setting, removing and changing them.

Keys and rows are two stores, and no transaction spans them. Each operation locks the row of the workspace first (which
also shows that PostgreSQL is reachable), then changes the keys in one conditional write, then records the change and
commits. Stopped after the keys, nothing is lost: the keys alone decide what opens the workspace, and the same request
once more finds that it was done, verifies the same passphrase, and only records what is missing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.domain.audit_log import AuditAction
from crm.domain.confirmations import DISABLE, ENABLE, require_confirmation
from crm.domain.passphrases import check_passphrase
from crm.service.key_rollback_guard import KeyRollbackGuard
from crm.service.unlock import passphrase_not_set
from crm.service.vault_access import UnlockGrant, VaultAccess
from crm.vault import InvalidVaultState, VaultState, WrongPassphrase
from kit.errors import Conflict
from kit.i18n import gettext as _

DISABLE_DELAY = timedelta(hours=24)
"""Time between the request to remove the passphrase and its removal: long enough to notice an attacker's request."""
DISABLE_WINDOW = timedelta(days=7)
"""Time in which a due removal can be carried out; after that it has to be requested again."""
_MAX_GENERATIONS = 3


@dataclass(frozen=True, slots=True)
class EnableResult:
    """Result of setting a passphrase: the recovery code, shown once, and the unlock of this session."""

    recovery_code: str
    grant: UnlockGrant


class EncryptionService:
    """Passphrase, recovery code and keys of one provider's workspace."""

    def __init__(self, access: VaultAccess) -> None:
        self._access = access

    def enable(self, passphrase: str, confirm: str) -> EnableResult:
        """Set a passphrase; from here on every record is re-encrypted, in the background.

        Requires a recent login, or a stolen session could lock the provider out. Stopped after the keys: the passphrase
        holds, and the code was never shown. No passphrase is recorded then, so the same passphrase once more gets a new
        code; any other is refused.
        """
        access = self._access
        require_confirmation(ENABLE, confirm)
        access.require_recent_login()
        check_passphrase(passphrase, slug=access.slug)
        metadata = access.key_metadata.lock()
        KeyRollbackGuard(access.audit_log, access.keyring, None).create_first_keys()
        if access.state() is not VaultState.PASSPHRASE:
            access.open()
        try:
            code = access.keyring.enable_passphrase(access.provider_id, passphrase)
        except InvalidVaultState:
            if metadata.passphrase_changed_at is not None:
                raise Conflict(
                    "passphrase-exists",
                    _(
                        "A passphrase is set already. Unlock your client book, then create a new recovery code."
                    ),
                ) from None
            with access.confirm_passphrase(during="enable"):
                code = access.keyring.new_recovery_code(access.provider_id, passphrase)
        grant = access.unlock_with(passphrase)
        now = access.clock()
        access.key_metadata.record_generation(access.open(grant.secret).generation, now)
        access.key_metadata.record_passphrase(now)
        access.key_metadata.record_recovery_code(now)
        access.audit_log.append(AuditAction.ENCRYPTION_ENABLED, until=grant.until.isoformat())
        return EnableResult(code, grant)

    def disable(self, passphrase: str, confirm: str) -> datetime | None:
        """Request the removal of the passphrase, or, a day later, remove it. Returns when it is due, or None once it is
        removed.

        Each time it requires an unlocked workspace, the passphrase and a recent login. Stopped after the keys: the
        passphrase is removed, and the same request records that.
        """
        access = self._access
        require_confirmation(DISABLE, confirm)
        metadata = access.key_metadata.lock()
        if access.state() is not VaultState.PASSPHRASE:
            if metadata.disable_requested_at is None:
                raise passphrase_not_set()
            self._record_disabled()
            return None
        access.require_recent_login()
        access.open()
        with access.confirm_passphrase(during="disable"):
            access.verify_passphrase(passphrase)
        now = access.clock()
        due = due_at(metadata.disable_requested_at, now)
        if due is None:
            access.key_metadata.record_disable_request(now)
            access.audit_log.append(AuditAction.ENCRYPTION_DISABLE_REQUESTED)
            return now + DISABLE_DELAY
        if now < due:
            return due
        assert access.unlock is not None  # noqa: S101 - or it would not have opened
        access.keyring.disable_passphrase(access.provider_id, access.unlock)
        self._record_disabled()
        return None

    def cancel_disable(self) -> None:
        """Cancel the removal of the passphrase: also while locked, so that it is always quick."""
        if self._access.key_metadata.lock().disable_requested_at is None:
            raise Conflict("nothing-asked", _("No removal of the passphrase was requested."))
        self._access.key_metadata.record_disable_request(None)
        self._access.audit_log.append(AuditAction.ENCRYPTION_DISABLE_CANCELLED)

    def change(self, current: str, new: str) -> UnlockGrant:
        """Change the passphrase. Every unlocked session is locked, and this one unlocked again.

        Stopped after the keys: the new passphrase holds. The same request finds that it does, and goes on.
        """
        access = self._access
        check_passphrase(new, slug=access.slug, field="newPassphrase")
        if access.state() in {VaultState.NONE, VaultState.OPEN}:
            raise passphrase_not_set()
        access.key_metadata.lock()
        with access.confirm_passphrase(field="current", during="change"):
            try:
                access.keyring.change_passphrase(access.provider_id, current, new)
            except WrongPassphrase:
                access.verify_passphrase(new)
        access.keyring.lock_all(access.provider_id)
        grant = access.unlock_with(new)
        access.key_metadata.record_passphrase(access.clock())
        access.audit_log.append(AuditAction.PASSPHRASE_CHANGED, until=grant.until.isoformat())
        return grant

    def new_recovery_code(self, passphrase: str) -> str:
        """Return a new recovery code; the previous one stops working. A repetition is harmless: it creates one more."""
        access = self._access
        if access.state() in {VaultState.NONE, VaultState.OPEN}:
            raise passphrase_not_set()
        access.key_metadata.lock()
        with access.confirm_passphrase(during="recovery-code"):
            code = access.keyring.new_recovery_code(access.provider_id, passphrase)
        access.key_metadata.record_recovery_code(access.clock())
        access.audit_log.append(AuditAction.RECOVERY_CODE_RENEWED)
        return code

    def rotate(self) -> None:
        """Create new keys, from an unlocked workspace. Stopped after the keys: they exist; a repetition is harmless."""
        access = self._access
        access.key_metadata.lock()
        vault = access.open()
        if len(vault.generations) >= _MAX_GENERATIONS:
            raise Conflict(
                "rekey-running",
                _("Your client book is still being re-encrypted: wait until it is finished."),
            )
        access.keyring.rotate(access.provider_id, access.unlock)
        access.key_metadata.record_generation(vault.generation + 1, access.clock())
        access.audit_log.append(AuditAction.KEYS_ROTATED, generation=vault.generation + 1)

    def _record_disabled(self) -> None:
        if self._access.state() is VaultState.OPEN:
            self._access.key_metadata.record_generation(
                self._access.open().generation, self._access.clock()
            )
        self._access.key_metadata.clear_passphrase()
        self._access.audit_log.append(AuditAction.ENCRYPTION_DISABLED)


def due_at(asked_at: datetime | None, now: datetime) -> datetime | None:
    """Return when a requested removal is due; None if none was requested, or too long ago."""
    if asked_at is None or now > asked_at + DISABLE_DELAY + DISABLE_WINDOW:
        return None
    return asked_at + DISABLE_DELAY
