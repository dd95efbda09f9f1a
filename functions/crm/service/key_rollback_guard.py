"""Opening a book with the keys that its rows know, and no older ones.

Keys and rows are two stores. Whoever writes to the key table alone could put a bag of before the passphrase back, and
what is written from then on would be sealed under keys that no passphrase guards. The row of the book remembers the
newest generation; an older bag, or none at all, opens nothing. After a real restore of the key table somebody has to
say so in the database (docs/runbooks/restore.md), and the trail tells her.
"""

from dataclasses import dataclass
from datetime import timedelta

from crm.domain.audit_log import TrailAction
from crm.repository.key_metadata import KeyNotes, Notes
from crm.service.audit_log import Trail
from crm.service.unlocked_context import enter_as
from crm.vault import Keyring, NoVault, OpenVault, Unlock
from kit.errors import Conflict
from kit.observability import logger

REFUSED = "keys-put-back"
_TOLD_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewestKeys:
    """One request's way to the keys of one book."""

    trail: Trail
    keyring: Keyring
    unlock: Unlock | None

    @property
    def _notes(self) -> KeyNotes:
        return KeyNotes(self.trail.work, self.trail.provider_id)

    def begin(self) -> None:
        """Have keys for a book that never had any: where some are missing, no others take their place."""
        if not self._notes.read().key_generation:
            self.keyring.create(self.trail.provider_id)

    def open(self) -> OpenVault:
        """Open the book; raise one of the vault's errors, or `Conflict` where the keys are older than the rows."""
        # The row first: keys only move on, so that a change at this moment is not taken for an older bag.
        return self._open(self._notes.read())

    def open_and_note(self) -> OpenVault:
        """Open it, and note the generation the first time, in a transaction of its own: no failure undoes it."""
        notes = self._notes.read()
        vault = self._open(notes)
        if vault.generation > notes.key_generation:
            if not notes.key_generation and notes.generation_seen_at:
                # Somebody with every right on the database said that these are the keys.
                self.trail.note(TrailAction.OLDER_KEYS_TAKEN, generation=vault.generation)
            self._notes.seen(vault.generation, self.trail.clock())
            self._commit()
        return vault

    def _open(self, notes: Notes) -> OpenVault:
        try:
            vault = self.keyring.open(self.trail.provider_id, self.unlock)
        except NoVault:
            if not notes.key_generation:
                raise
            raise self._refused(notes, 0) from None
        if vault.generation < notes.key_generation:
            raise self._refused(notes, vault.generation)
        return vault

    def _refused(self, notes: Notes, found: int) -> Conflict:
        """Write it down, once a day, and return what she is told."""
        trail, known = self.trail, notes.key_generation
        logger().error("the keys of a book are older than its rows", known=known, found=found)
        trail.work.rollback()
        enter_as(trail.work, trail.provider_id)
        told = trail.latest(1, action=TrailAction.OLDER_KEYS_REFUSED)
        if not told or told[0].at < trail.clock() - _TOLD_AGAIN:
            trail.note(TrailAction.OLDER_KEYS_REFUSED, known=known, found=found)
            self._commit()
        return Conflict(
            REFUSED,
            "The keys of your book are older than what is in it, so it stays shut and nothing is changed. Tell us.",
        )

    def _commit(self) -> None:
        self.trail.work.commit()
        enter_as(self.trail.work, self.trail.provider_id)
