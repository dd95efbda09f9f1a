"""One address for each thing that is done to a booking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from bookings.dependencies import (
    Canceller,
    Moving,
    Provider,
    Seeing,
    Side,
    Witness,
    caller,
    limit_canceller,
    limit_provider,
    limit_side,
    limit_witness,
)
from bookings.schemas.requests import AddressBody, BookingReason, CancelBody, NoteBody
from bookings.schemas.views import BookingView, CancellationView
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/{{booking_id}}", tags=["bookings"])
Why = Annotated[BookingReason, Body(default_factory=BookingReason)]
Cancelling = Annotated[CancelBody, Body(default_factory=CancelBody)]
_PROVIDERS, _SIDES = [Depends(limit_provider)], [Depends(limit_side)]


@router.post("/accept", dependencies=_PROVIDERS)
async def accept_booking(
    booking_id: UUID, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Take a request: the time is held until the deposit is in, or confirmed at once without one."""
    moving.accept(caller(provider), booking_id)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/decline", dependencies=_PROVIDERS)
async def decline_booking(
    booking_id: UUID, body: Why, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say no."""
    moving.decline(caller(provider), booking_id, body.reason)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/deposit-received", dependencies=_PROVIDERS)
async def receive_deposit(
    booking_id: UUID, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say that the deposit came some other way: the booking is confirmed."""
    moving.deposit_received(caller(provider), booking_id)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/check-in", dependencies=_PROVIDERS)
async def check_in_booking(
    booking_id: UUID, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say that it begins, from an hour before on."""
    moving.check_in(caller(provider), booking_id)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/check-out", dependencies=_PROVIDERS)
async def check_out_booking(
    booking_id: UUID, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say that it is over; that completes it."""
    moving.check_out(caller(provider), booking_id)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/complete", dependencies=_PROVIDERS)
async def complete_booking(
    booking_id: UUID, provider: Provider, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say that it took place."""
    moving.complete(caller(provider), booking_id)
    return BookingView.seen(seeing.one(caller(provider), booking_id))


@router.post("/no-show", dependencies=[Depends(limit_witness)])
async def miss_booking(
    booking_id: UUID, witness: Witness, moving: Moving, seeing: Seeing
) -> BookingView:
    """Say that the client did not come; they owe what the policy says."""
    moving.no_show(caller(witness), booking_id)
    return BookingView.seen(seeing.one(caller(witness), booking_id))


@router.get("/cancellation")
async def preview_cancellation(
    booking_id: UUID, canceller: Canceller, moving: Moving
) -> CancellationView:
    """Return what cancelling would cost at this moment; nothing is changed."""
    return CancellationView.of(moving.cost_of_cancelling(caller(canceller), booking_id))


@router.post("/cancel", dependencies=[Depends(limit_canceller)])
async def cancel_booking(
    booking_id: UUID, body: Cancelling, canceller: Canceller, moving: Moving, seeing: Seeing
) -> BookingView:
    """Call it off, for what the preview says."""
    moving.cancel(caller(canceller), booking_id, body.reason, body.fee_minor)
    return BookingView.seen(seeing.one(caller(canceller), booking_id))


@router.put("/note", status_code=204, dependencies=_SIDES)
async def write_booking_note(booking_id: UUID, body: NoteBody, side: Side, moving: Moving) -> None:
    """Keep a note that only this side ever reads; an empty one takes it away."""
    moving.write_note(caller(side), booking_id, body.note)


@router.put("/address", status_code=204, dependencies=_SIDES)
async def give_booking_address(
    booking_id: UUID, body: AddressBody, side: Side, moving: Moving
) -> None:
    """Say where the provider should come to; she sees it once the booking is confirmed."""
    moving.give_address(caller(side), booking_id, body.address)
