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
from crm.vault.keyring import RETIRED_KEYS_KEPT
from crm.vault.table import CLIENTS, KeyTable
from kit.errors import Unavailable
from kit.observability import log_failure

PER_REQUEST = 5
PER_CALL = 200
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
        self._key_metadata = KeyMetadataRepository(context.work, context.provider_id)

    def process_small_batch(self) -> None:
        """Do a little, where there is anything to do: a book with one generation of keys costs nothing.

        It rides on whatever she asked for. What fails here is logged and left for later; it keeps her out of nothing.
        """
        if len(self._context.vault.generations) == 1:
            return
        try:
            self._process(PER_REQUEST, failed=False)
        except Unavailable:
            raise  # Her own request would meet the same.
        except Exception as error:
            log_failure("a slice of a re-key was left", error)
            self._context.work.rollback()
            set_tenant(self._context.work, self._context.provider_id)

    def process_batch(self, limit: int = PER_CALL) -> RekeyProgress:
        """Do as much as one answer has time for, also what failed before; return how far it is."""
        if len(self._context.vault.generations) > 1:
            until = monotonic() + _SECONDS
            for start in range(0, limit, _PER_COMMIT):
                processed = self._process(min(_PER_COMMIT, limit - start), failed=True)
                if not processed or monotonic() > until:
                    break
        return self.progress()

    def progress(self) -> RekeyProgress:
        """Return how far it is."""
        generations = len(self._keyring.open(self._context.provider_id, self._unlock).generations)
        left, unreadable = self._rows.clients_left() if generations > 1 else (0, 0)
        return RekeyProgress(generations > 1, left, unreadable, generations)

    def _process(self, limit: int, *, failed: bool) -> int:
        self._key_metadata.record_generation(self._context.vault.generation, self._context.now())
        self._rows.reencrypt_provider_rows()
        client_ids = self._rows.old_clients(limit, failed=failed)
        for client_id in client_ids:
            self._rekey_client(client_id)
        self._commit()
        self._delete_old_client_keys(limit)
        if not client_ids:
            self._drop_old_generations()
        return len(client_ids)

    def _rekey_client(self, client_id: UUID) -> None:
        try:
            with self._context.work.savepoint():
                if self._rows.lock_client(client_id):
                    self._context.vault.begin_rekey([client_id])
                    self._rows.reencrypt_client(client_id)
        except ClientShredded:
            self._rows.skip_client(client_id)
        except DecryptionFailed:
            # Changed behind our back: theirs stays as it is, under its key, and the others go on.
            self._rows.record_failure(client_id)
        except Unavailable:
            raise  # Nothing is wrong with the client.
        except Exception as error:
            log_failure("a client was not sealed anew", error, client_id=str(client_id))
            self._rows.record_failure(client_id)

    def _delete_old_client_keys(self, limit: int) -> None:
        """Only what is committed: before, the rows could come back under the older key."""
        client_ids_done = self._rows.clients_with_old_keys(limit)
        if client_ids_done:
            self._context.vault.finish_rekey(client_ids_done)
            self._rows.clear_old_keys_flag(client_ids_done)
            self._commit()

    def _drop_old_generations(self) -> None:
        if (
            self._functions_may_run()
            or self._rows.clients_left()[0]
            or self._rows.has_old_provider_rows()
        ):
            return
        if self._rows.clients_with_old_keys(1):
            return
        for generation in self._context.vault.generations[:0:-1]:
            if not self._rows.inbox_uses_generation(generation):
                self._drop_generation(generation)
        self._commit()

    def _functions_may_run(self) -> bool:
        seen = self._key_metadata.read().generation_seen_at
        return seen is None or self._context.now() < seen + RETIRED_KEYS_KEPT

    def _drop_generation(self, generation: int) -> None:
        """The keys go before it is written down: an entry may be missing, but none is untrue."""
        try:
            dropped = self._is_dropped(generation)
            if not dropped and self._delete_orphaned_keys():
                dropped = self._is_dropped(generation)
        except ConcurrentKeyChange:
            return
        if dropped:
            self._audit_log.append(AuditAction.REKEY_FINISHED, generation=generation)

    def _is_dropped(self, generation: int) -> bool:
        provider_id = self._context.provider_id
        return self._keyring.drop_generation(provider_id, self._unlock, generation)

    def _delete_orphaned_keys(self) -> bool:
        """Destroy keys of clients who are not in the book; tell whether there were any.

        A key is made before its client's row: where the row was never committed, the key is nobody's. By now whoever
        began before the present generation has ended, so such a key of an older one waits for no row. One of a later
        generation, begun since this book was opened, may wait for its row at this moment.
        """
        found, generation = False, self._context.vault.generation
        for page in self._keys.pages(self._context.provider_id, CLIENTS):
            keys_by_client = {
                UUID(item["item"]["S"].removeprefix(CLIENTS)): wrapped_keys(item) for item in page
            }
            old_keys = {
                client_id: keys
                for client_id, keys in keys_by_client.items()
                if max(keys, default=0) < generation
            }
            for client_id in sorted(old_keys.keys() - self._rows.known_clients(list(old_keys))):
                deleted = self._keyring.delete_orphaned_keys(
                    self._context.provider_id, client_id, old_keys[client_id], generation
                )
                found = found or deleted
        return found

    def _commit(self) -> None:
        self._context.work.commit()
        set_tenant(self._context.work, self._context.provider_id)
