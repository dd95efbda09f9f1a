"""The passphrase of a book, its recovery code and its keys: put on, taken off, changed.

Keys and rows are two stores, and no transaction spans them. In each operation the row of the book is held first (which
also shows that PostgreSQL is there), then the keys change in one conditional write, then what is written down follows
and is committed. Stopped after the keys, nothing is lost: the keys alone say what opens the book, and the same request
once more finds that it was done, proves the same passphrase, and only writes down what is missing.
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

DELAY = timedelta(hours=24)
"""Between asking to take the passphrase off and doing it: long enough to notice what somebody else asked for."""
PATIENCE = timedelta(days=7)
"""So long it waits then; what was forgotten is asked for anew."""
_LIVE_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Enabled:
    """A book under a passphrase: its recovery code, shown once, and what opens it for this session."""

    recovery_code: str
    grant: UnlockGrant


class Encryption:
    """What a provider does about the keys of her book."""

    def __init__(self, access: VaultAccess) -> None:
        self._access = access

    def enable(self, passphrase: str, confirm: str) -> Enabled:
        """Put a passphrase on the book; every entry is sealed anew from here on, in the background.

        By somebody who signed in just now, or a stolen session could shut her out of her own book. Stopped after the
        keys: the passphrase holds, and the code was never shown. Nothing about a passphrase is written down then, so
        the same passphrase once more gets a new code; any other is refused.
        """
        access = self._access
        require_confirmation(ENABLE, confirm)
        access.require_recent_login()
        check_passphrase(passphrase, slug=access.slug)
        notes = access.key_metadata.lock()
        KeyRollbackGuard(access.audit_log, access.keyring, None).begin()
        if access.state() is not VaultState.PASSPHRASE:
            access.open()
        try:
            code = access.keyring.enable_passphrase(access.provider_id, passphrase)
        except InvalidVaultState:
            if notes.passphrase_changed_at is not None:
                raise Conflict(
                    "passphrase-exists",
                    "Your book has a passphrase already. Unlock it, then make a new recovery code.",
                ) from None
            with access.confirm_passphrase(during="enable"):
                code = access.keyring.new_recovery_code(access.provider_id, passphrase)
        grant = access.unlock_with(passphrase)
        moment = access.clock()
        access.key_metadata.record_generation(access.open(grant.secret).generation, moment)
        access.key_metadata.passphrase_set(moment)
        access.key_metadata.recovery_code_made(moment)
        access.audit_log.append(AuditAction.ENCRYPTION_ENABLED, until=grant.until.isoformat())
        return Enabled(code, grant)

    def disable(self, passphrase: str, confirm: str) -> datetime | None:
        """Ask to take the passphrase off, or, a day after, do it. Returns when it can be done, None once it is.

        Each time from an unlocked book, with the passphrase, by somebody who signed in just now. Stopped after the
        keys: the passphrase is off, and the same request writes that down.
        """
        access = self._access
        require_confirmation(DISABLE, confirm)
        notes = access.key_metadata.lock()
        if access.state() is not VaultState.PASSPHRASE:
            if notes.disable_asked_at is None:
                raise passphrase_not_set()
            self._disabled()
            return None
        access.require_recent_login()
        access.open()
        with access.confirm_passphrase(during="disable"):
            access.verify_passphrase(passphrase)
        now = access.clock()
        due = due_at(notes.disable_asked_at, now)
        if due is None:
            access.key_metadata.disable_asked(now)
            access.audit_log.append(AuditAction.ENCRYPTION_DISABLE_ASKED)
            return now + DELAY
        if now < due:
            return due
        assert access.unlock is not None  # noqa: S101 - or it would not have opened
        access.keyring.disable_passphrase(access.provider_id, access.unlock)
        self._disabled()
        return None

    def keep(self) -> None:
        """Take back that the passphrase is to go: also from a locked book, so that it is always quick."""
        if self._access.key_metadata.lock().disable_asked_at is None:
            raise Conflict("nothing-asked", "Nobody asked to take the passphrase off.")
        self._access.key_metadata.disable_asked(None)
        self._access.audit_log.append(AuditAction.ENCRYPTION_DISABLE_CANCELLED)

    def change(self, current: str, new: str) -> UnlockGrant:
        """Change the passphrase. Every unlocked session is locked, and this one unlocked anew.

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
        access.keyring.panic(access.provider_id)
        grant = access.unlock_with(new)
        access.key_metadata.passphrase_set(access.clock())
        access.audit_log.append(AuditAction.PASSPHRASE_CHANGED, until=grant.until.isoformat())
        return grant

    def new_recovery_code(self, passphrase: str) -> str:
        """Return another recovery code; the one before opens nothing. Again is harmless: it makes one more."""
        access = self._access
        if access.state() in {VaultState.NONE, VaultState.OPEN}:
            raise passphrase_not_set()
        access.key_metadata.lock()
        with access.confirm_passphrase(during="recovery-code"):
            code = access.keyring.new_recovery_code(access.provider_id, passphrase)
        access.key_metadata.recovery_code_made(access.clock())
        access.audit_log.append(AuditAction.RECOVERY_CODE_RENEWED)
        return code

    def rotate(self) -> None:
        """Begin new keys, from an opened book. Stopped after the keys: there are new ones; again is harmless."""
        access = self._access
        access.key_metadata.lock()
        vault = access.open()
        if len(vault.generations) >= _LIVE_AT_MOST:
            raise Conflict(
                "rekey-running",
                "Your book is still being sealed under the keys of before: wait for it.",
            )
        access.keyring.rotate(access.provider_id, access.unlock)
        access.key_metadata.record_generation(vault.generation + 1, access.clock())
        access.audit_log.append(AuditAction.KEYS_ROTATED, generation=vault.generation + 1)

    def _disabled(self) -> None:
        if self._access.state() is VaultState.OPEN:
            self._access.key_metadata.record_generation(
                self._access.open().generation, self._access.clock()
            )
        self._access.key_metadata.passphrase_gone()
        self._access.audit_log.append(AuditAction.ENCRYPTION_DISABLED)


def due_at(asked_at: datetime | None, now: datetime) -> datetime | None:
    """Return when what was asked for can be done; None where nothing was, or too long ago."""
    if asked_at is None or now > asked_at + DELAY + PATIENCE:
        return None
    return asked_at + DELAY
