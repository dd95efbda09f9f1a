"""Forgetting a client: the rows go with the transaction, the key for certain after it."""

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
    """Takes clients out of one open book for good."""

    context: UnlockedContext
    shredding: KeyDeletion

    def erase(self, client_id: UUID) -> ErasureReceipt:
        """Forget a client with all that is about them, backups included; raise `NotFound`, or `InvalidState`.

        Nothing is opened: also what nobody can read any more is forgotten.
        """
        context, now = self.context, self.context.now()
        clients = ClientRepository(context.work, context.vault)
        # Who is writing about them comes before this, or finds nobody.
        clients.lock(client_id, alone=True)
        require_no_hold(context, client_id)
        proof = ErasureReceipt(
            client_hash=client_hash(context.provider_id, client_id),
            forgotten_at=now,
            counts=count_children(context.work, context.provider_id, client_id),
        )
        self.shredding.request(client_id, now)
        clients.delete(client_id)
        TagRepository(context.work, context.vault).delete_unused()
        self.shredding.audit_log.append(
            AuditAction.CLIENT_FORGOTTEN, client=proof.client_hash, counts=proof.counts
        )
        return proof
