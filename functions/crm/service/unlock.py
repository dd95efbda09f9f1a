"""Unlocking and locking of a workspace: unlock, lock, lock everywhere, recover.

Keys and rows are two stores. The keys change first, each time in one atomic write; the audit entry follows. Stopped in
between, the keys are right and an audit entry is missing, never the reverse.
"""

from dataclasses import dataclass

from crm.domain.audit_log import AuditAction
from crm.domain.passphrases import check_passphrase
from crm.service.vault_access import UnlockGrant, VaultAccess
from crm.vault import VaultState, WrongPassphrase, WrongRecoveryCode, require_well_formed
from kit.errors import Conflict
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """An unlock, and the recovery code from now on."""

    grant: UnlockGrant
    recovery_code: str


class UnlockService:
    """Unlocking of one provider's workspace for one session."""

    def __init__(self, access: VaultAccess) -> None:
        self._access = access

    def unlock(self, passphrase: str, minutes: int | None = None) -> UnlockGrant:
        """Unlock the workspace for this session; raises `WrongPassphrase`, `RateLimited`, `Conflict`.

        Stopped after the keys: an unlock exists whose secret nobody received. It opens nothing, and expires.
        """
        self._require_passphrase()
        with self._access.count_attempt(AuditAction.SESSION_UNLOCK_FAILED, during="unlock"):
            grant = self._access.unlock_with(passphrase, minutes)
        self._access.audit_log.append(AuditAction.SESSION_UNLOCKED, until=grant.until.isoformat())
        return grant

    def lock(self) -> None:
        """Lock the workspace for this session; a repetition is harmless."""
        self._access.keyring.lock(self._access.provider_id, self._access.session.id)
        self._access.audit_log.append(AuditAction.SESSION_LOCKED)

    def lock_all(self) -> bool:
        """Lock the workspace for every session of the provider, also for one that unlocks at this moment.

        The sessions themselves go on: they open nothing any more. Tells whether the workspace is locked now; without a
        passphrase there is nothing to lock.
        """
        self._access.keyring.lock_all(self._access.provider_id)
        self._access.audit_log.append(AuditAction.ALL_SESSIONS_LOCKED)
        return self._access.state() is VaultState.PASSPHRASE

    def recover(self, code: str, new_passphrase: str) -> RecoveryResult:
        """Unlock by the recovery code and set a new passphrase; the code is used up.

        Stopped after the keys: the new passphrase holds, the old code is used up and the new one was never shown. The
        same request again unlocks by the passphrase, and creates another new code.
        """
        self._require_passphrase()
        check_passphrase(new_passphrase, slug=self._access.slug, field="newPassphrase")
        # Text that cannot be a code is refused before the attempt is counted: nothing is tried with it.
        require_well_formed(code)
        with self._access.count_attempt(AuditAction.RECOVERY_FAILED, during="recover"):
            result = self._recover(code, new_passphrase)
        now = self._access.clock()
        self._access.key_metadata.record_passphrase(now)
        self._access.key_metadata.record_recovery_code(now)
        self._access.audit_log.append(AuditAction.RECOVERED, until=result.grant.until.isoformat())
        return result

    def _recover(self, code: str, new_passphrase: str) -> RecoveryResult:
        access = self._access
        until = access.unlock_until()
        try:
            secret, new_code = access.keyring.recover(
                access.provider_id, access.session.id, code, new_passphrase, until
            )
        except WrongRecoveryCode as error:
            try:
                grant = access.unlock_with(new_passphrase)
            except WrongPassphrase:
                raise error from None
            new_code = access.keyring.new_recovery_code(access.provider_id, new_passphrase)
            return RecoveryResult(grant, new_code)
        return RecoveryResult(UnlockGrant(secret, until), new_code)

    def _require_passphrase(self) -> None:
        if self._access.state() in {VaultState.NONE, VaultState.OPEN}:
            raise passphrase_not_set()


def passphrase_not_set() -> Conflict:
    """Return the error of operations that need a passphrase while none is set."""
    return Conflict("no-passphrase", _("Your client book has no passphrase: signing in opens it."))
