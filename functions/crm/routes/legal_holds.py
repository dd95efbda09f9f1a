"""What must not be forgotten."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import AtDesk, InRoom, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.legal_holds import HoldsView, HoldView, PlaceHold
from crm.service.legal_holds import LegalHolds

router = book_router("/holds")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_holds(room: InRoom, desk: AtDesk) -> HoldsView:
    """Return the legal holds, those in force first."""
    return HoldsView.of(LegalHolds(desk, room.trail).all())


@router.post("", status_code=201, dependencies=_WRITES)
async def place_hold(body: PlaceHold, room: InRoom, desk: AtDesk) -> HoldView:
    """Put a client, or the whole book, under a legal hold: nothing of it is forgotten meanwhile."""
    return HoldView.seen(LegalHolds(desk, room.trail).place(body.client_id, body.reason))


@router.delete("/{hold_id}", status_code=204, dependencies=_WRITES)
async def release_hold(hold_id: UUID, room: InRoom, desk: AtDesk) -> None:
    """Lift a hold; it stays in the list."""
    LegalHolds(desk, room.trail).release(hold_id)
