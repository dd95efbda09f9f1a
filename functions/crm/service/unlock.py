"""Opening a book for a session, and closing it: unlock, lock, panic, recover.

Keys and rows are two stores. The keys change first, each time in one write that has happened or not; what is written
down about it follows. Stopped in between, the keys are right and an entry of the trail is missing, never the reverse.
"""

from dataclasses import dataclass

from crm.domain.audit_log import TrailAction
from crm.domain.passphrases import check_passphrase
from crm.service.vault_access import Door, Unlocked
from crm.vault import VaultState, WrongPassphrase, WrongRecoveryCode, require_whole
from kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Recovered:
    """An unlocked book, and the recovery code from now on."""

    unlocked: Unlocked
    recovery_code: str


class Unlocking:
    """One provider's book and session."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def unlock(self, passphrase: str, minutes: int | None = None) -> Unlocked:
        """Open the book for this session; raises `WrongPassphrase`, `RateLimited`, `Conflict`.

        Stopped after the keys: an unlock is there whose secret nobody got. It opens nothing, and ends in its time.
        """
        self._require_passphrase()
        with self._door.tried(TrailAction.SESSION_UNLOCK_FAILED, during="unlock"):
            unlocked = self._door.unlock_with(passphrase, minutes)
        self._door.trail.note(TrailAction.SESSION_UNLOCKED, until=unlocked.until.isoformat())
        return unlocked

    def lock(self) -> None:
        """Close the book for this session; again is harmless."""
        self._door.keyring.lock(self._door.provider_id, self._door.stay.id)
        self._door.trail.note(TrailAction.SESSION_LOCKED)

    def panic(self) -> bool:
        """Close the book for every session of hers, also for one that unlocks at this moment.

        The sessions themselves go on: they open nothing any more. Tells whether the book is locked by it; without a
        passphrase there is nothing that could be closed.
        """
        self._door.keyring.panic(self._door.provider_id)
        self._door.trail.note(TrailAction.SESSION_PANIC)
        return self._door.state() is VaultState.PASSPHRASE

    def recover(self, code: str, new_passphrase: str) -> Recovered:
        """Open the book by the recovery code, with a new passphrase from now on; the code is used up.

        Stopped after the keys: the new passphrase holds, the old code is used up and the new one was never shown.
        Asked the same again, the passphrase opens, and another new code is made.
        """
        self._require_passphrase()
        check_passphrase(new_passphrase, slug=self._door.slug, field="newPassphrase")
        # What cannot be a code is said before it counts: nothing is tried with it.
        require_whole(code)
        with self._door.tried(TrailAction.RECOVERY_FAILED, during="recover"):
            recovered = self._recover(code, new_passphrase)
        moment = self._door.clock()
        self._door.notes.passphrase_set(moment)
        self._door.notes.recovery_code_made(moment)
        self._door.trail.note(TrailAction.RECOVERED, until=recovered.unlocked.until.isoformat())
        return recovered

    def _recover(self, code: str, new_passphrase: str) -> Recovered:
        door = self._door
        until = door.unlock_until()
        try:
            secret, new_code = door.keyring.recover(
                door.provider_id, door.stay.id, code, new_passphrase, until
            )
        except WrongRecoveryCode as error:
            try:
                unlocked = door.unlock_with(new_passphrase)
            except WrongPassphrase:
                raise error from None
            new_code = door.keyring.new_recovery_code(door.provider_id, new_passphrase)
            return Recovered(unlocked, new_code)
        return Recovered(Unlocked(secret, until), new_code)

    def _require_passphrase(self) -> None:
        if self._door.state() in {VaultState.NONE, VaultState.OPEN}:
            raise no_passphrase()


def no_passphrase() -> Conflict:
    """Return the refusal of what needs a passphrase that is not there."""
    return Conflict("no-passphrase", "Your book has no passphrase: it opens with your sign-in.")
