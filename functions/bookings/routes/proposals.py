"""Another time: one side asks, the other agrees or not."""

from uuid import UUID

from fastapi import APIRouter, Depends

from bookings.dependencies import Moving, Seeing, Side, caller, limit_side
from bookings.routes.start_time import start_of
from bookings.schemas.requests import ProposalAnswer, ProposeBody
from bookings.schemas.views import BookingView, ProposalView
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/{{booking_id}}", tags=["bookings"])
_SIDES = [Depends(limit_side)]


@router.post("/propose", status_code=201, dependencies=_SIDES)
async def propose_time(
    booking_id: UUID, body: ProposeBody, side: Side, moving: Moving, seeing: Seeing
) -> ProposalView:
    """Ask the other side for another time; whatever was asked before is superseded."""
    who = caller(side)
    start = start_of(body, seeing.one(who, booking_id).booking)
    return ProposalView.of(moving.propose(who, booking_id, start, body.duration))


@router.post("/accept-proposal", dependencies=_SIDES)
async def accept_proposal(
    booking_id: UUID, body: ProposalAnswer, side: Side, moving: Moving, seeing: Seeing
) -> BookingView:
    """Agree to the other time: return the booking that takes the place of this one."""
    who = caller(side)
    new = moving.accept_proposal(who, booking_id, body.proposal_id)
    return BookingView.seen(seeing.one(who, new.id))


@router.post("/refuse-proposal", dependencies=_SIDES)
async def refuse_proposal(
    booking_id: UUID, side: Side, moving: Moving, seeing: Seeing
) -> BookingView:
    """Leave the booking as it is."""
    who = caller(side)
    moving.refuse_proposal(who, booking_id)
    return BookingView.seen(seeing.one(who, booking_id))
