"""The passphrase of a book, its recovery code and its keys: put on, taken off, changed.

Keys and rows are two stores, and no transaction spans them. In each operation the row of the book is held first (which
also shows that PostgreSQL is there), then the keys change in one conditional write, then what is written down follows
and is committed. Stopped after the keys, nothing is lost: the keys alone say what opens the book, and the same request
once more finds that it was done, proves the same passphrase, and only writes down what is missing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.domain.audit_log import TrailAction
from crm.domain.confirmations import DISABLE, ENABLE, require_typed
from crm.domain.passphrases import check_passphrase
from crm.service.key_rollback_guard import NewestKeys
from crm.service.unlock import no_passphrase
from crm.service.vault_access import Door, Unlocked
from crm.vault import VaultState, WrongPassphrase, WrongState
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
    unlocked: Unlocked


class Encryption:
    """What a provider does about the keys of her book."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def enable(self, passphrase: str, confirm: str) -> Enabled:
        """Put a passphrase on the book; every entry is sealed anew from here on, in the background.

        By somebody who signed in just now, or a stolen session could shut her out of her own book. Stopped after the
        keys: the passphrase holds, and the code was never shown. Nothing about a passphrase is written down then, so
        the same passphrase once more gets a new code; any other is refused.
        """
        door = self._door
        require_typed(ENABLE, confirm)
        door.require_fresh()
        check_passphrase(passphrase, slug=door.slug)
        notes = door.notes.hold()
        NewestKeys(door.trail, door.keyring, None).begin()
        if door.state() is not VaultState.PASSPHRASE:
            door.opened()
        try:
            code = door.keyring.enable_passphrase(door.provider_id, passphrase)
        except WrongState:
            if notes.passphrase_changed_at is not None:
                raise Conflict(
                    "passphrase-exists",
                    "Your book has a passphrase already. Unlock it, then make a new recovery code.",
                ) from None
            with door.proved(during="enable"):
                code = door.keyring.new_recovery_code(door.provider_id, passphrase)
        unlocked = door.unlock_with(passphrase)
        moment = door.clock()
        door.notes.seen(door.opened(unlocked.secret).generation, moment)
        door.notes.passphrase_set(moment)
        door.notes.recovery_code_made(moment)
        door.trail.note(TrailAction.ENCRYPTION_ENABLED, until=unlocked.until.isoformat())
        return Enabled(code, unlocked)

    def disable(self, passphrase: str, confirm: str) -> datetime | None:
        """Ask to take the passphrase off, or, a day after, do it. Returns when it can be done, None once it is.

        Each time from an unlocked book, with the passphrase, by somebody who signed in just now. Stopped after the
        keys: the passphrase is off, and the same request writes that down.
        """
        door = self._door
        require_typed(DISABLE, confirm)
        notes = door.notes.hold()
        if door.state() is not VaultState.PASSPHRASE:
            if notes.disable_asked_at is None:
                raise no_passphrase()
            self._disabled()
            return None
        door.require_fresh()
        door.opened()
        with door.proved(during="disable"):
            door.prove(passphrase)
        now = door.clock()
        due = due_at(notes.disable_asked_at, now)
        if due is None:
            door.notes.disable_asked(now)
            door.trail.note(TrailAction.ENCRYPTION_DISABLE_ASKED)
            return now + DELAY
        if now < due:
            return due
        assert door.unlock is not None  # noqa: S101 - or it would not have opened
        door.keyring.disable_passphrase(door.provider_id, door.unlock)
        self._disabled()
        return None

    def keep(self) -> None:
        """Take back that the passphrase is to go: also from a locked book, so that it is always quick."""
        if self._door.notes.hold().disable_asked_at is None:
            raise Conflict("nothing-asked", "Nobody asked to take the passphrase off.")
        self._door.notes.disable_asked(None)
        self._door.trail.note(TrailAction.ENCRYPTION_DISABLE_CANCELLED)

    def change(self, current: str, new: str) -> Unlocked:
        """Change the passphrase. Every unlocked session is locked, and this one unlocked anew.

        Stopped after the keys: the new passphrase holds. The same request finds that it does, and goes on.
        """
        door = self._door
        check_passphrase(new, slug=door.slug, field="newPassphrase")
        if door.state() in {VaultState.NONE, VaultState.OPEN}:
            raise no_passphrase()
        door.notes.hold()
        with door.proved(field="current", during="change"):
            try:
                door.keyring.change_passphrase(door.provider_id, current, new)
            except WrongPassphrase:
                door.prove(new)
        door.keyring.panic(door.provider_id)
        unlocked = door.unlock_with(new)
        door.notes.passphrase_set(door.clock())
        door.trail.note(TrailAction.PASSPHRASE_CHANGED, until=unlocked.until.isoformat())
        return unlocked

    def new_recovery_code(self, passphrase: str) -> str:
        """Return another recovery code; the one before opens nothing. Again is harmless: it makes one more."""
        door = self._door
        if door.state() in {VaultState.NONE, VaultState.OPEN}:
            raise no_passphrase()
        door.notes.hold()
        with door.proved(during="recovery-code"):
            code = door.keyring.new_recovery_code(door.provider_id, passphrase)
        door.notes.recovery_code_made(door.clock())
        door.trail.note(TrailAction.RECOVERY_CODE_RENEWED)
        return code

    def rotate(self) -> None:
        """Begin new keys, from an opened book. Stopped after the keys: there are new ones; again is harmless."""
        door = self._door
        door.notes.hold()
        vault = door.opened()
        if len(vault.generations) >= _LIVE_AT_MOST:
            raise Conflict(
                "rekey-running",
                "Your book is still being sealed under the keys of before: wait for it.",
            )
        door.keyring.rotate(door.provider_id, door.unlock)
        door.notes.seen(vault.generation + 1, door.clock())
        door.trail.note(TrailAction.KEYS_ROTATED, generation=vault.generation + 1)

    def _disabled(self) -> None:
        if self._door.state() is VaultState.OPEN:
            self._door.notes.seen(self._door.opened().generation, self._door.clock())
        self._door.notes.passphrase_gone()
        self._door.trail.note(TrailAction.ENCRYPTION_DISABLED)


def due_at(asked_at: datetime | None, now: datetime) -> datetime | None:
    """Return when what was asked for can be done; None where nothing was, or too long ago."""
    if asked_at is None or now > asked_at + DELAY + PATIENCE:
        return None
    return asked_at + DELAY
