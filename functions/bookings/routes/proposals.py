"""Proposals of another time: propose, accept, refuse."""

from uuid import UUID

from fastapi import APIRouter, Depends

from bookings.dependencies import (
    BookingActionsDep,
    BookingQueriesDep,
    Participant,
    limit_participant,
    to_caller,
)
from bookings.routes.start_time import resolve_start
from bookings.schemas.requests import AcceptProposalBody, ProposeBody
from bookings.schemas.views import BookingView, ProposalView
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/{{booking_id}}", tags=["bookings"])
_PARTICIPANTS = [Depends(limit_participant)]


@router.post("/propose", status_code=201, dependencies=_PARTICIPANTS)
async def propose_time(
    booking_id: UUID,
    body: ProposeBody,
    participant: Participant,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> ProposalView:
    """Propose another time to the other participant; an earlier open proposal is superseded."""
    caller = to_caller(participant)
    start = resolve_start(body, queries.get(caller, booking_id).booking)
    return ProposalView.from_domain(actions.propose(caller, booking_id, start, body.duration))


@router.post("/accept-proposal", dependencies=_PARTICIPANTS)
async def accept_proposal(
    booking_id: UUID,
    body: AcceptProposalBody,
    participant: Participant,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Accept a proposal: return the booking that replaces this one."""
    caller = to_caller(participant)
    new = actions.accept_proposal(caller, booking_id, body.proposal_id)
    return BookingView.from_domain(queries.get(caller, new.id))


@router.post("/refuse-proposal", dependencies=_PARTICIPANTS)
async def refuse_proposal(
    booking_id: UUID,
    participant: Participant,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Refuse the proposal; the booking stays as it is."""
    caller = to_caller(participant)
    actions.refuse_proposal(caller, booking_id)
    return BookingView.from_domain(queries.get(caller, booking_id))
