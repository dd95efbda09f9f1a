"""Legal holds: what is under one is not forgotten, by nobody and no rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.legal_holds import Hold, only_adds
from crm.repository.clients import Clients
from crm.repository.legal_holds import Holds
from crm.service.audit_log import Trail
from crm.service.unlocked_context import Desk
from kit.errors import InvalidState


def require_no_hold(desk: Desk, client_id: UUID | None = None) -> None:
    """Raise `InvalidState` where a client (or, without one, anybody) is under a hold.

    None can be placed until the transaction ends. Who also locks the client's row does so before calling this.
    """
    holds = Holds(desk.work, desk.vault)
    holds.settle()
    if holds.binds(client_id):
        raise InvalidState(
            "legal-hold",
            "This is under a legal hold and must stay: lift the hold first, if you may.",
        )


def require_kept(
    desk: Desk, client_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raise `InvalidState` where something that was written about a client who is under a hold would be gone."""
    if only_adds(before, after):
        return
    # The client's row before the book's, as for everybody who takes both.
    Clients(desk.work, desk.vault).hold(client_id, alone=True)
    require_no_hold(desk, client_id)


@dataclass(frozen=True, slots=True)
class HeldPage:
    """The holds of a book, and what the clients under them are called."""

    items: list[Hold]
    names: dict[UUID, str]


class LegalHolds:
    """The holds of one open book."""

    def __init__(self, desk: Desk, trail: Trail) -> None:
        self._desk = desk
        self._trail = trail
        self._holds = Holds(desk.work, desk.vault)

    def place(self, client_id: UUID | None, reason: str) -> Hold:
        """Put a client, or the whole book, under a hold; raise `NotFound`."""
        if client_id is not None:
            Clients(self._desk.work, self._desk.vault).hold(client_id)
        self._holds.settle()
        hold = self._holds.add(client_id, reason, self._desk.now())
        self._trail.note(TrailAction.HOLD_PLACED, hold=str(hold.id), whole_book=client_id is None)
        return hold

    def release(self, hold_id: UUID) -> None:
        """Lift a hold; again changes nothing."""
        self._holds.settle()
        if self._holds.release(hold_id, self._desk.now()):
            self._trail.note(TrailAction.HOLD_RELEASED, hold=str(hold_id))

    def all(self) -> HeldPage:
        """Return them, those in force first."""
        items = self._holds.latest()
        clients = Clients(self._desk.work, self._desk.vault)
        return HeldPage(items, clients.names({one.client_id for one in items if one.client_id}))
