"""Merging of two clients that are the same person."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.clients import Client
from crm.domain.erasure_receipt import client_hash
from crm.domain.merging import Merge, merge_details, merge_status
from crm.repository.campaigns import CampaignRecipients
from crm.repository.client_children import keep_unsubscribes, reassign_children
from crm.repository.clients import ClientRepository, client_not_found
from crm.repository.encrypted_records import version_conflict
from crm.repository.legal_holds import LegalHoldRepository
from crm.repository.merging import MergeRepository
from crm.service.key_deletion import KeyDeletion
from crm.service.legal_holds import require_no_hold
from crm.service.unlocked_context import UnlockedContext
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class MergeService:
    """Merges clients of one unlocked workspace."""

    context: UnlockedContext
    key_deletion: KeyDeletion

    def merge(self, client_id: UUID, version: int, absorbed_id: UUID) -> Client:
        """Merge one client with all its records into another that is at `version`; return the target.

        Raises `NotFound` if one of them does not exist, `PreconditionFailed`, or `InvalidState` under a legal hold. The
        former
        data of the source is kept with the target; the source's key is destroyed.
        """
        if client_id == absorbed_id:
            raise Invalid("same-client", _("Choose two different clients."), field="absorbedId")
        context, now = self.context, self.context.now()
        clients = ClientRepository(context.work, context.vault)
        stored, absorbed = self._both(clients, client_id, absorbed_id)
        if stored.version != version:
            raise version_conflict()
        require_no_hold(context, absorbed_id)
        generation = clients.lock(client_id, alone=True)
        moved = reassign_children(context.work, context.vault, absorbed_id, client_id, generation)
        keep_unsubscribes(context.work, context.provider_id, client_id, now)
        LegalHoldRepository(context.work, context.vault).reassign(absorbed_id, client_id)
        CampaignRecipients(context.work, context.vault).reassign(absorbed_id, client_id)
        merge = Merge(
            id=new_id(), client_id=client_id, absorbed=absorbed, merged_at=now, moved=moved
        )
        MergeRepository(context.work, context.vault).add(merge, generation)
        self.key_deletion.request(absorbed_id, now)
        # An account id and an import id are unique per workspace: delete the source before the target takes them over.
        clients.delete(absorbed_id)
        self._note(merge)
        return clients.update(
            client_id,
            version,
            merge_details(stored.profile, absorbed.profile),
            merge_status(stored.status, absorbed.status),
            now,
        )

    def history(self, client_id: UUID) -> list[Merge]:
        """Return the merges into a client, the latest first; raise `NotFound`."""
        ClientRepository(self.context.work, self.context.vault).get(client_id)
        return MergeRepository(self.context.work, self.context.vault).of_client(client_id)

    def _both(
        self, clients: ClientRepository, client_id: UUID, absorbed_id: UUID
    ) -> tuple[Client, Client]:
        # Lock in the order of the ids, independent of the roles: two merges never wait for each other.
        found = {one.id: one for one in clients.get_many((client_id, absorbed_id), alone=True)}
        if client_id not in found:
            raise client_not_found()
        if absorbed_id not in found:
            error = client_not_found()
            error.field = "absorbedId"
            raise error
        return found[client_id], found[absorbed_id]

    def _note(self, merge: Merge) -> None:
        provider_id = self.context.provider_id
        self.key_deletion.audit_log.append(
            AuditAction.CLIENTS_MERGED,
            client=client_hash(provider_id, merge.client_id),
            absorbed=client_hash(provider_id, merge.absorbed.id),
            counts=merge.moved,
        )
