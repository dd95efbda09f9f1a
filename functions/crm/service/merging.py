"""Making one of two entries for the same person."""

from dataclasses import dataclass
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.clients import Client
from crm.domain.erasure_receipt import client_hash
from crm.domain.merging import Merge, united, united_standing
from crm.repository.campaigns import Addressees
from crm.repository.client_children import keep_refusals, move_belongings
from crm.repository.clients import Clients, no_such_client
from crm.repository.encrypted_records import changed_meanwhile
from crm.repository.legal_holds import Holds
from crm.repository.merging import Merges
from crm.service.key_deletion import Shredding
from crm.service.legal_holds import require_no_hold
from crm.service.unlocked_context import Desk
from kit.errors import Invalid
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Merging:
    """Merges clients of one open book."""

    desk: Desk
    shredding: Shredding

    def merge(self, client_id: UUID, version: int, absorbed_id: UUID) -> Client:
        """Let one client go into another who was read at `version`, with everything about them; return who stays.

        Raises `NotFound` where one of them is gone, `PreconditionFailed`, or `InvalidState` under a legal hold. What
        the absorbed one was is kept with the one who stays; their key is destroyed.
        """
        if client_id == absorbed_id:
            raise Invalid(
                "same-client", "Choose two different entries of your book.", field="absorbedId"
            )
        desk, now = self.desk, self.desk.now()
        clients = Clients(desk.work, desk.vault)
        kept, absorbed = self._both(clients, client_id, absorbed_id)
        if kept.version != version:
            raise changed_meanwhile()
        require_no_hold(desk, absorbed_id)
        generation = clients.hold(client_id, alone=True)
        moved = move_belongings(desk.work, desk.vault, absorbed_id, client_id, generation)
        keep_refusals(desk.work, desk.provider_id, client_id, now)
        Holds(desk.work, desk.vault).move(absorbed_id, client_id)
        Addressees(desk.work, desk.vault).move(absorbed_id, client_id)
        merge = Merge(
            id=new_id(), client_id=client_id, absorbed=absorbed, merged_at=now, moved=moved
        )
        Merges(desk.work, desk.vault).add(merge, generation)
        self.shredding.ask(absorbed_id, now)
        # An account and the row of an import lead to one entry: the other one's have to be free before.
        clients.remove(absorbed_id)
        self._note(merge)
        return clients.replace(
            client_id,
            version,
            united(kept.details, absorbed.details),
            united_standing(kept.standing, absorbed.standing),
            now,
        )

    def history(self, client_id: UUID) -> list[Merge]:
        """Return who went into somebody, the latest first; raise `NotFound`."""
        Clients(self.desk.work, self.desk.vault).one(client_id)
        return Merges(self.desk.work, self.desk.vault).of_client(client_id)

    def _both(self, clients: Clients, client_id: UUID, absorbed_id: UUID) -> tuple[Client, Client]:
        # Locked in the order of their ids, whichever way round they are named: two merges never wait for each other.
        found = {one.id: one for one in clients.several((client_id, absorbed_id), alone=True)}
        if client_id not in found:
            raise no_such_client()
        if absorbed_id not in found:
            error = no_such_client()
            error.field = "absorbedId"
            raise error
        return found[client_id], found[absorbed_id]

    def _note(self, merge: Merge) -> None:
        provider_id = self.desk.provider_id
        self.shredding.trail.note(
            TrailAction.CLIENTS_MERGED,
            client=client_hash(provider_id, merge.client_id),
            absorbed=client_hash(provider_id, merge.absorbed.id),
            counts=merge.moved,
        )
