"""Re-encryption of a workspace after a change of keys, a few clients with every request.

For each client, in this order: add a key of the current generation beside the old one (in the key table); in one
transaction lock the client's row, re-encrypt all documents and set `key_version`; after its commit delete the old key;
last, clear the row's `has_old_keys`. Stopped in between, a client stays readable under one key or the other, and the
next batch goes on from there: each step is idempotent.

A writer locks the client's row for share and encrypts under its `key_version`. A writer whose keys were opened before
the change finds an unknown generation and is refused; its new clients are under the old generation, and the next batch
finds them. The keys of a generation are dropped only when no row, no document and no inbox message needs them, and when
every function that could have started before must have ended.
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
"""Time limit of one response; the rest is left for the next call."""


@dataclass(frozen=True, slots=True)
class RekeyProgress:
    """Progress: clients that are still under older keys, and how many of them have a document that does not decrypt."""

    running: bool
    clients_left: int
    unreadable: int
    generations: int


class RekeyJob:
    """The job for one unlocked workspace. It commits: no other change may be pending in the transaction."""

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
        """Re-encrypt a few clients, if there are any: a workspace with one generation of keys costs nothing.

        It runs within another request of the provider. A failure here is logged and left for later; it does not fail
        that request.
        """
        if len(self._context.vault.generations) == 1:
            return
        try:
            self._process(PER_REQUEST, failed=False)
        except Unavailable:
            raise  # The provider's own request would fail in the same way.
        except Exception as error:
            log_failure("a batch of a re-key failed", error)
            self._context.work.rollback()
            set_tenant(self._context.work, self._context.provider_id)

    def process_batch(self, limit: int = PER_CALL) -> RekeyProgress:
        """Re-encrypt as much as one response has time for, including earlier failures; return the progress."""
        if len(self._context.vault.generations) > 1:
            until = monotonic() + _SECONDS
            for start in range(0, limit, _PER_COMMIT):
                processed = self._process(min(_PER_COMMIT, limit - start), failed=True)
                if not processed or monotonic() > until:
                    break
        return self.progress()

    def progress(self) -> RekeyProgress:
        """Return the progress."""
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
            # The document was tampered with: this client stays as it is, under its key, and the others go on.
            self._rows.record_failure(client_id)
        except Unavailable:
            raise  # The client is not at fault.
        except Exception as error:
            log_failure("a client was not re-encrypted", error, client_id=str(client_id))
            self._rows.record_failure(client_id)

    def _delete_old_client_keys(self, limit: int) -> None:
        """Delete the old keys of committed clients only: before the commit, the rows could return to the older key."""
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
        """Drop the keys before the audit entry: an entry may be missing, but none is untrue."""
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
        """Destroy keys of clients that are not in the workspace; tell whether there were any.

        A key is created before its client's row: if the row was never committed, the key is orphaned. By now every
        function that started before the present generation has ended, so an orphaned key of an older one waits for no
        row. A key of a later generation, created since this workspace was opened, may wait for its row at this moment.
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
