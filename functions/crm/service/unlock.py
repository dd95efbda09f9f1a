"""Opening a book for a session, and closing it: unlock, lock, panic, recover.

Keys and rows are two stores. The keys change first, each time in one write that has happened or not; what is written
down about it follows. Stopped in between, the keys are right and an entry of the trail is missing, never the reverse.
"""

from dataclasses import dataclass

from crm.domain.audit_log import AuditAction
from crm.domain.passphrases import check_passphrase
from crm.service.vault_access import UnlockGrant, VaultAccess
from crm.vault import VaultState, WrongPassphrase, WrongRecoveryCode, require_whole
from kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """An unlocked book, and the recovery code from now on."""

    grant: UnlockGrant
    recovery_code: str


class UnlockService:
    """One provider's book and session."""

    def __init__(self, access: VaultAccess) -> None:
        self._access = access

    def unlock(self, passphrase: str, minutes: int | None = None) -> UnlockGrant:
        """Open the book for this session; raises `WrongPassphrase`, `RateLimited`, `Conflict`.

        Stopped after the keys: an unlock is there whose secret nobody got. It opens nothing, and ends in its time.
        """
        self._require_passphrase()
        with self._access.count_attempt(AuditAction.SESSION_UNLOCK_FAILED, during="unlock"):
            grant = self._access.unlock_with(passphrase, minutes)
        self._access.audit_log.append(AuditAction.SESSION_UNLOCKED, until=grant.until.isoformat())
        return grant

    def lock(self) -> None:
        """Close the book for this session; again is harmless."""
        self._access.keyring.lock(self._access.provider_id, self._access.session.id)
        self._access.audit_log.append(AuditAction.SESSION_LOCKED)

    def panic(self) -> bool:
        """Close the book for every session of hers, also for one that unlocks at this moment.

        The sessions themselves go on: they open nothing any more. Tells whether the book is locked by it; without a
        passphrase there is nothing that could be closed.
        """
        self._access.keyring.panic(self._access.provider_id)
        self._access.audit_log.append(AuditAction.SESSION_PANIC)
        return self._access.state() is VaultState.PASSPHRASE

    def recover(self, code: str, new_passphrase: str) -> RecoveryResult:
        """Open the book by the recovery code, with a new passphrase from now on; the code is used up.

        Stopped after the keys: the new passphrase holds, the old code is used up and the new one was never shown.
        Asked the same again, the passphrase opens, and another new code is made.
        """
        self._require_passphrase()
        check_passphrase(new_passphrase, slug=self._access.slug, field="newPassphrase")
        # What cannot be a code is said before it counts: nothing is tried with it.
        require_whole(code)
        with self._access.count_attempt(AuditAction.RECOVERY_FAILED, during="recover"):
            recovered = self._recover(code, new_passphrase)
        moment = self._access.clock()
        self._access.key_metadata.passphrase_set(moment)
        self._access.key_metadata.recovery_code_made(moment)
        self._access.audit_log.append(
            AuditAction.RECOVERED, until=recovered.grant.until.isoformat()
        )
        return recovered

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
    """Return the refusal of what needs a passphrase that is not there."""
    return Conflict("no-passphrase", "Your book has no passphrase: it opens with your sign-in.")
