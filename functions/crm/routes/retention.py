"""How long what is kept."""

from fastapi import Depends

from crm.dependencies import AtDesk, InRoom, Room, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.retention import ErasuresView, PreviewView, RetentionBody, RetentionView
from crm.service.retention import Retention
from kit import clock

router = book_router("/retention")


@router.get("")
async def read_retention(room: InRoom) -> RetentionView:
    """Return how long each kind of data is kept; works while locked."""
    return RetentionView.of(_rules(room).terms())


@router.put("", dependencies=[Depends(limit_writes)])
async def change_retention(body: RetentionBody, room: InRoom, desk: AtDesk) -> RetentionView:
    """Choose it, within bounds; only while the book is open, since a short time takes much away."""
    _ = desk
    return RetentionView.of(_rules(room).choose(body.days))


@router.get("/preview")
async def preview_retention(room: InRoom) -> PreviewView:
    """Return what would go tonight, and what a legal hold keeps."""
    return PreviewView.of(_rules(room).preview())


@router.get("/erasures")
async def list_erasures(room: InRoom) -> ErasuresView:
    """Return the proofs of what was erased."""
    return ErasuresView.of(_rules(room).erasures())


def _rules(room: Room) -> Retention:
    return Retention(room.work, room.provider_id, clock.now, room.trail)
