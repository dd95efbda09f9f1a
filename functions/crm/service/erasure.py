"""Erasure of a client: the rows are deleted in the transaction, the key is destroyed after its commit."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.erasure_receipt import ErasureReceipt, client_hash
from crm.repository.client_children import count_children
from crm.repository.clients import ClientRepository
from crm.repository.tags import TagRepository
from crm.service.key_deletion import KeyDeletion
from crm.service.legal_holds import require_no_hold
from crm.service.unlocked_context import UnlockedContext


@dataclass(frozen=True, slots=True)
class ClientErasure:
    """Erases clients of one unlocked workspace."""

    context: UnlockedContext
    key_deletion: KeyDeletion

    def erase(self, client_id: UUID) -> ErasureReceipt:
        """Erase a client with all child rows, also in backups; raise `NotFound` or `InvalidState`.

        Nothing is decrypted: unreadable records are erased as well.
        """
        context, now = self.context, self.context.now()
        clients = ClientRepository(context.work, context.vault)
        # A concurrent writer about this client commits before this, or finds no client.
        clients.lock(client_id, alone=True)
        require_no_hold(context, client_id)
        receipt = ErasureReceipt(
            client_hash=client_hash(context.provider_id, client_id),
            erased_at=now,
            counts=count_children(context.work, context.provider_id, client_id),
        )
        self.key_deletion.request(client_id, now)
        clients.delete(client_id)
        TagRepository(context.work, context.vault).delete_unused()
        self.key_deletion.audit_log.append(
            AuditAction.CLIENT_ERASED, client=receipt.client_hash, counts=receipt.counts
        )
        return receipt
