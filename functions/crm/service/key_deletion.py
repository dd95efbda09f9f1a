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

from crm.domain.audit_log import AuditAction
from crm.domain.erasure_receipt import client_hash
from crm.repository.key_deletion import PendingKeyDeletions
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext, set_tenant
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.observability import log_failure


class Keys(Protocol):
    """What destroys keys: `crm.vault.Keyring`, without KMS and without an opened vault."""

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""


@dataclass(frozen=True, slots=True)
class KeyDeletion:
    """Destroys the keys of one book's clients."""

    work: UnitOfWork
    audit_log: AuditLog
    keys: Keys

    def request(self, client_id: UUID, moment: datetime) -> None:
        """Have a client's keys destroyed, if and when this transaction is committed."""
        PendingKeyDeletions(self.work).add(self.audit_log.provider_id, client_id, moment)
        self.work.after_commit(self._after_commit)

    def process(self) -> int:
        """Destroy what is waiting, in this transaction; return how many clients were looked at.

        Whoever is in the book again keeps their keys, whatever waited: they are all that opens what was written since.
        """
        provider_id, shreds = self.audit_log.provider_id, PendingKeyDeletions(self.work)
        waiting = shreds.waiting(provider_id)
        if waiting:
            returned = shreds.reinstated(provider_id, waiting)
            gone = [one for one in waiting if one not in returned]
            if gone:
                self.keys.shred_clients(provider_id, gone)
            shreds.delete(provider_id, waiting)
            record_deletion(self.audit_log, gone)
        return len(waiting)

    def _after_commit(self) -> None:
        try:
            set_tenant(self.work, self.audit_log.provider_id)
            self.process()
            self.work.commit()
        except BaseException:
            # The row stays: the next one who passes finds it.
            self.work.rollback()
            raise


def renew_keys(context: UnlockedContext, client_ids: Collection[UUID]) -> list[UUID]:
    """Give new keys to those who come back while their old ones wait to be destroyed; return who it was.

    Stopped before the commit, the keys still wait, the new ones too, and whoever comes next does the same again. From
    `Shreds.settle` on, before it is seen who is there, nobody else may bring anybody back.
    """
    shreds = PendingKeyDeletions(context.work)
    waiting = shreds.claim(context.provider_id, client_ids)
    if waiting:
        context.vault.replace_client_keys(waiting)
        shreds.delete(context.provider_id, waiting)
    return waiting


def record_deletion(audit_log: AuditLog, client_ids: Collection[UUID]) -> None:
    """Write down whose keys were destroyed."""
    if client_ids:
        hashes = [client_hash(audit_log.provider_id, one) for one in client_ids]
        audit_log.append(AuditAction.CLIENT_KEYS_SHREDDED, clients=hashes)


def process_all_workspaces(database: Database, keys: Keys, now: Clock) -> int:
    """Destroy what is waiting in any book, one transaction each; return how many clients it was.

    A book in which it fails stops no other: what waits there waits until the next night.
    """
    with database.transaction() as work:
        books = PendingKeyDeletions(work).workspaces()
    return sum(_shred_in(database, keys, now, one) for one in books)


def _shred_in(database: Database, keys: Keys, now: Clock, provider_id: UUID) -> int:
    total = 0
    while done := _shred_some(database, keys, now, provider_id):
        total += done
    return total


def _shred_some(database: Database, keys: Keys, now: Clock, provider_id: UUID) -> int:
    try:
        with database.transaction() as work:
            set_tenant(work, provider_id)
            return KeyDeletion(work, AuditLog(work, provider_id, now), keys).process()
    except Exception as error:
        log_failure("the keys of a book still wait", error, provider_id=str(provider_id))
        return 0
