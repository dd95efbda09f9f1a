"""Destroying the keys of clients who are gone.

That they have to go is a row of the transaction that takes the client away, so it cannot be forgotten: it is worked off
after the commit, and whatever came in between then, by the next deletion or by night. A key that is gone already is
no error, so working it off twice does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm.domain.proofs import client_hash
from crm.domain.trail import TrailAction
from crm.repository.shreds import Shreds
from crm.service.desk import enter_as
from crm.service.trail import Trail
from kit.clock import Clock
from kit.db import Database, UnitOfWork


class Keys(Protocol):
    """What destroys keys: `crm.vault.Keyring`, without KMS and without an opened vault."""

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""


@dataclass(frozen=True, slots=True)
class Shredding:
    """Destroys the keys of one book's clients."""

    work: UnitOfWork
    trail: Trail
    keys: Keys

    def ask(self, client_id: UUID, moment: datetime) -> None:
        """Have a client's keys destroyed, if and when this transaction is committed."""
        Shreds(self.work).add(self.trail.provider_id, client_id, moment)
        self.work.after_commit(self._after_commit)

    def work_off(self) -> int:
        """Destroy what is waiting, in this transaction; return how many clients it was."""
        provider_id, shreds = self.trail.provider_id, Shreds(self.work)
        waiting = shreds.waiting(provider_id)
        if waiting:
            self.keys.shred_clients(provider_id, waiting)
            shreds.done(provider_id, waiting)
            hashes = [client_hash(provider_id, one) for one in waiting]
            self.trail.note(TrailAction.CLIENT_KEYS_SHREDDED, clients=hashes)
        return len(waiting)

    def _after_commit(self) -> None:
        try:
            enter_as(self.work, self.trail.provider_id)
            self.work_off()
            self.work.commit()
        except BaseException:
            # The row stays: the next one who passes finds it.
            self.work.rollback()
            raise


def shred_everywhere(database: Database, keys: Keys, now: Clock) -> int:
    """Destroy what is waiting in any book, one transaction each; return how many clients it was."""
    with database.transaction() as work:
        books = Shreds(work).books()
    return sum(_shred_in(database, keys, now, one) for one in books)


def _shred_in(database: Database, keys: Keys, now: Clock, provider_id: UUID) -> int:
    total = 0
    while True:
        with database.transaction() as work:
            enter_as(work, provider_id)
            done = Shredding(work, Trail(work, provider_id, now), keys).work_off()
        if not done:
            return total
        total += done
