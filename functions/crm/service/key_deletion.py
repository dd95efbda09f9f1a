"""Destroying the keys of clients who are gone.

That they have to go is a row of the transaction that takes the client away, so it cannot be forgotten: it is worked off
after the commit, and whatever came in between then, by the next deletion or by night. A key that is gone already is
no error, so working it off twice does no harm.

Whoever comes back under the id of before, with an archive, gets new keys: the old ones are destroyed on the way in, and
nothing waits for them any more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.erasure_receipt import client_hash
from crm.repository.key_deletion import Shreds
from crm.service.audit_log import Trail
from crm.service.unlocked_context import Desk, enter_as
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.observability import log_failure


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
        """Destroy what is waiting, in this transaction; return how many clients were looked at.

        Whoever is in the book again keeps their keys, whatever waited: they are all that opens what was written since.
        """
        provider_id, shreds = self.trail.provider_id, Shreds(self.work)
        waiting = shreds.waiting(provider_id)
        if waiting:
            returned = shreds.returned(provider_id, waiting)
            gone = [one for one in waiting if one not in returned]
            if gone:
                self.keys.shred_clients(provider_id, gone)
            shreds.done(provider_id, waiting)
            note_shredded(self.trail, gone)
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


def renew_returning(desk: Desk, client_ids: Collection[UUID]) -> list[UUID]:
    """Give new keys to those who come back while their old ones wait to be destroyed; return who it was.

    Stopped before the commit, the keys still wait, the new ones too, and whoever comes next does the same again. From
    `Shreds.settle` on, before it is seen who is there, nobody else may bring anybody back.
    """
    shreds = Shreds(desk.work)
    waiting = shreds.claim(desk.provider_id, client_ids)
    if waiting:
        desk.vault.renew_clients(waiting)
        shreds.done(desk.provider_id, waiting)
    return waiting


def note_shredded(trail: Trail, client_ids: Collection[UUID]) -> None:
    """Write down whose keys were destroyed."""
    if client_ids:
        hashes = [client_hash(trail.provider_id, one) for one in client_ids]
        trail.note(TrailAction.CLIENT_KEYS_SHREDDED, clients=hashes)


def shred_everywhere(database: Database, keys: Keys, now: Clock) -> int:
    """Destroy what is waiting in any book, one transaction each; return how many clients it was.

    A book in which it fails stops no other: what waits there waits until the next night.
    """
    with database.transaction() as work:
        books = Shreds(work).books()
    return sum(_shred_in(database, keys, now, one) for one in books)


def _shred_in(database: Database, keys: Keys, now: Clock, provider_id: UUID) -> int:
    total = 0
    while done := _shred_some(database, keys, now, provider_id):
        total += done
    return total


def _shred_some(database: Database, keys: Keys, now: Clock, provider_id: UUID) -> int:
    try:
        with database.transaction() as work:
            enter_as(work, provider_id)
            return Shredding(work, Trail(work, provider_id, now), keys).work_off()
    except Exception as error:
        log_failure("the keys of a book still wait", error, provider_id=str(provider_id))
        return 0
