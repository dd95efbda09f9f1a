"""Sealing a whole book again after its keys changed, a little with every request.

For each client, in this order: a key of the current generation beside the old one (in the key table); one transaction
that holds the client's row, seals everything anew and writes `key_version`; after its commit the old key goes; and
last the row is marked as settled. Whoever is stopped in between leaves a client readable under the one key or the
other, and the next slice goes on from there: each step again does nothing where it was done.

A writer holds the client's row for share and seals under the generation that it names. One whose keys were opened
before the change finds a generation that it does not know, and is refused; a new client of such a one is under the old
generation, and the next slice finds it. The keys of a generation are dropped only when no row, no document and nothing
in the inbox is under it, and when every function that could have begun before it must have ended.
"""

from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.repository.key_metadata import KeyMetadataRepository
from crm.repository.rekey import RekeyRepository
from crm.service.audit_log import AuditLog
from crm.service.unlocked_context import UnlockedContext, set_tenant
from crm.vault import ClientShredded, ConcurrentKeyChange, DecryptionFailed, Keyring, UnlockToken
from crm.vault.client_keys import wrapped_keys
from crm.vault.keyring import DROP_AFTER
from crm.vault.table import CLIENTS, KeyTable
from kit.errors import Unavailable
from kit.observability import log_failure

PER_REQUEST = 5
AT_ONCE = 200
_PER_COMMIT = 20
_SECONDS = 6.0
"""An answer is waited for: what is left then is for the next call."""


@dataclass(frozen=True, slots=True)
class RekeyProgress:
    """How far it is: clients that are still under older keys, and of how many of them something does not open."""

    running: bool
    clients_left: int
    unreadable: int
    generations: int


class RekeyJob:
    """The job for one open book. It commits: nothing else may be under way in the transaction."""

    def __init__(
        self,
        context: UnlockedContext,
        keyring: Keyring,
        keys: KeyTable,
        unlock: UnlockToken | None,
        audit_log: AuditLog,
    ) -> None:
        self._context = context
        self._keyring = keyring
        self._keys = keys
        self._unlock = unlock
        self._audit_log = audit_log
        self._rows = RekeyRepository(context.work, context.vault)
        self._notes = KeyMetadataRepository(context.work, context.provider_id)

    def process_small_batch(self) -> None:
        """Do a little, where there is anything to do: a book with one generation of keys costs nothing.

        It rides on whatever she asked for. What fails here is logged and left for later; it keeps her out of nothing.
        """
        if len(self._context.vault.generations) == 1:
            return
        try:
            self._slice(PER_REQUEST, failed=False)
        except Unavailable:
            raise  # Her own request would meet the same.
        except Exception as error:
            log_failure("a slice of a re-key was left", error)
            self._context.work.rollback()
            set_tenant(self._context.work, self._context.provider_id)

    def process_batch(self, limit: int = AT_ONCE) -> RekeyProgress:
        """Do as much as one answer has time for, also what failed before; return how far it is."""
        if len(self._context.vault.generations) > 1:
            until = monotonic() + _SECONDS
            for start in range(0, limit, _PER_COMMIT):
                done = self._slice(min(_PER_COMMIT, limit - start), failed=True)
                if not done or monotonic() > until:
                    break
        return self.progress()

    def progress(self) -> RekeyProgress:
        """Return how far it is."""
        generations = len(self._keyring.open(self._context.provider_id, self._unlock).generations)
        left, unreadable = self._rows.clients_left() if generations > 1 else (0, 0)
        return RekeyProgress(generations > 1, left, unreadable, generations)

    def _slice(self, limit: int, *, failed: bool) -> int:
        self._notes.record_generation(self._context.vault.generation, self._context.now())
        self._rows.reseal_own_rows()
        found = self._rows.old_clients(limit, failed=failed)
        for client_id in found:
            self._client(client_id)
        self._commit()
        self._settle(limit)
        if not found:
            self._finish()
        return len(found)

    def _client(self, client_id: UUID) -> None:
        try:
            with self._context.work.savepoint():
                if self._rows.lock_client(client_id):
                    self._context.vault.begin_rekey([client_id])
                    self._rows.reseal_client(client_id)
        except ClientShredded:
            self._rows.mark_failed(client_id)
        except DecryptionFailed:
            # Changed behind our back: theirs stays as it is, under its key, and the others go on.
            self._rows.record_failure(client_id)
        except Unavailable:
            raise  # Nothing is wrong with the client.
        except Exception as error:
            log_failure("a client was not sealed anew", error, client_id=str(client_id))
            self._rows.record_failure(client_id)

    def _settle(self, limit: int) -> None:
        """Only what is committed: before, the rows could come back under the older key."""
        settled = self._rows.with_old_keys(limit)
        if settled:
            self._context.vault.finish_rekey(settled)
            self._rows.clear_old_keys_flag(settled)
            self._commit()

    def _finish(self) -> None:
        if self._is_early() or self._rows.clients_left()[0] or self._rows.own_rows_left():
            return
        if self._rows.with_old_keys(1):
            return
        for generation in self._context.vault.generations[:0:-1]:
            if not self._rows.pending_generations(generation):
                self._drop(generation)
        self._commit()

    def _is_early(self) -> bool:
        seen = self._notes.read().generation_seen_at
        return seen is None or self._context.now() < seen + DROP_AFTER

    def _drop(self, generation: int) -> None:
        """The keys go before it is written down: an entry may be missing, but none is untrue."""
        try:
            gone = self._dropped(generation)
            if not gone and self._sweep():
                gone = self._dropped(generation)
        except ConcurrentKeyChange:
            return
        if gone:
            self._audit_log.append(AuditAction.REKEY_FINISHED, generation=generation)

    def _dropped(self, generation: int) -> bool:
        provider_id = self._context.provider_id
        return self._keyring.drop_generation(provider_id, self._unlock, generation)

    def _sweep(self) -> bool:
        """Destroy keys of clients who are not in the book; tell whether there were any.

        A key is made before its client's row: where the row was never committed, the key is nobody's. By now whoever
        began before the present generation has ended, so such a key of an older one waits for no row. One of a later
        generation, begun since this book was opened, may wait for its row at this moment.
        """
        found, generation = False, self._context.vault.generation
        for page in self._keys.pages(self._context.provider_id, CLIENTS):
            stored = {
                UUID(item["item"]["S"].removeprefix(CLIENTS)): wrapped_keys(item) for item in page
            }
            old = {one: keys for one, keys in stored.items() if max(keys, default=0) < generation}
            for one in sorted(old.keys() - self._rows.known_clients(list(old))):
                swept = self._keyring.sweep_client(
                    self._context.provider_id, one, old[one], generation
                )
                found = found or swept
        return found

    def _commit(self) -> None:
        self._context.work.commit()
        set_tenant(self._context.work, self._context.provider_id)
