"""Destruction of the keys of deleted clients.

The pending deletion is a row of the transaction that deletes the client, so it cannot be lost: it is processed after
the commit and, if that was interrupted, by the next deletion or the nightly job. Deleting a key that is gone already is
no error, so processing twice does no harm.

A client re-imported under its old id gets new keys; the pending deletion of the old keys is carried out first.
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


class KeyDestroyer(Protocol):
    """Destroys keys, as `crm.vault.Keyring` does without KMS and without an opened vault."""

    def shred_clients(self, tenant: UUID, client_ids: Sequence[UUID]) -> None:
        """Delete the keys of many clients."""


@dataclass(frozen=True, slots=True)
class KeyDeletion:
    """Destroys the keys of one workspace's deleted clients."""

    work: UnitOfWork
    audit_log: AuditLog
    keys: KeyDestroyer

    def request(self, client_id: UUID, now: datetime) -> None:
        """Request the destruction of a client's keys, carried out after this transaction commits."""
        PendingKeyDeletions(self.work).add(self.audit_log.provider_id, client_id, now)
        self.work.after_commit(self._after_commit)

    def process(self) -> int:
        """Destroy the keys of pending deletions, in this transaction; return how many were processed.

        A client that is in the workspace again keeps its keys, whatever is pending: records written since need them.
        """
        provider_id, pending = self.audit_log.provider_id, PendingKeyDeletions(self.work)
        waiting = pending.next_batch(provider_id)
        if waiting:
            reinstated_ids = pending.reinstated(provider_id, waiting)
            deleted_ids = [client_id for client_id in waiting if client_id not in reinstated_ids]
            if deleted_ids:
                self.keys.shred_clients(provider_id, deleted_ids)
            pending.delete(provider_id, waiting)
            record_deletion(self.audit_log, deleted_ids)
        return len(waiting)

    def _after_commit(self) -> None:
        try:
            set_tenant(self.work, self.audit_log.provider_id)
            self.process()
            self.work.commit()
        except BaseException:
            # The row stays pending: the next run processes it.
            self.work.rollback()
            raise


def renew_keys(context: UnlockedContext, client_ids: Collection[UUID]) -> list[UUID]:
    """Give new keys to re-imported clients whose old keys are pending deletion; return their ids.

    Stopped before the commit, the deletions are still pending, the new keys among them, and the next import does the
    same again. From `PendingKeyDeletions.lock_reimport` on, before existing clients are read, no other transaction may
    re-import clients.
    """
    pending = PendingKeyDeletions(context.work)
    waiting = pending.claim(context.provider_id, client_ids)
    if waiting:
        context.vault.replace_client_keys(waiting)
        pending.delete(context.provider_id, waiting)
    return waiting


def record_deletion(audit_log: AuditLog, client_ids: Collection[UUID]) -> None:
    """Audit whose keys were destroyed."""
    if client_ids:
        hashes = [client_hash(audit_log.provider_id, client_id) for client_id in client_ids]
        audit_log.append(AuditAction.CLIENT_KEYS_SHREDDED, clients=hashes)


def process_all_workspaces(database: Database, keys: KeyDestroyer, now: Clock) -> int:
    """Process the pending deletions of all workspaces, one transaction each; return how many there were.

    A failure in one workspace does not stop the others: its deletions stay pending until the next night.
    """
    with database.transaction() as work:
        provider_ids = PendingKeyDeletions(work).workspaces()
    return sum(_process_workspace(database, keys, now, provider_id) for provider_id in provider_ids)


def _process_workspace(
    database: Database, keys: KeyDestroyer, now: Clock, provider_id: UUID
) -> int:
    total = 0
    while processed := _process_batch(database, keys, now, provider_id):
        total += processed
    return total


def _process_batch(database: Database, keys: KeyDestroyer, now: Clock, provider_id: UUID) -> int:
    try:
        with database.transaction() as work:
            set_tenant(work, provider_id)
            return KeyDeletion(work, AuditLog(work, provider_id, now), keys).process()
    except Exception as error:
        log_failure("keys of a workspace are still pending", error, provider_id=str(provider_id))
        return 0
