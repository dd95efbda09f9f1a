"""Forgetting a client: the rows go with the transaction, the key for certain after it."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.erasure_receipt import Proof, client_hash
from crm.repository.client_children import count_belongings
from crm.repository.clients import Clients
from crm.repository.tags import TagTable
from crm.service.key_deletion import Shredding
from crm.service.legal_holds import require_no_hold
from crm.service.unlocked_context import Desk


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Takes clients out of one open book for good."""

    desk: Desk
    shredding: Shredding

    def forget(self, client_id: UUID) -> Proof:
        """Forget a client with all that is about them, backups included; raise `NotFound`, or `InvalidState`.

        Nothing is opened: also what nobody can read any more is forgotten.
        """
        desk, now = self.desk, self.desk.now()
        clients = Clients(desk.work, desk.vault)
        # Who is writing about them comes before this, or finds nobody.
        clients.hold(client_id, alone=True)
        require_no_hold(desk, client_id)
        proof = Proof(
            client_hash=client_hash(desk.provider_id, client_id),
            forgotten_at=now,
            counts=count_belongings(desk.work, desk.provider_id, client_id),
        )
        self.shredding.ask(client_id, now)
        clients.remove(client_id)
        TagTable(desk.work, desk.vault).drop_unused()
        self.shredding.trail.note(
            TrailAction.CLIENT_FORGOTTEN, client=proof.client_hash, counts=proof.counts
        )
        return proof
