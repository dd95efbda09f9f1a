"""One endpoint per action on a booking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from bookings.dependencies import (
    BookingActionsDep,
    BookingQueriesDep,
    Canceller,
    NoShowReporter,
    Participant,
    Provider,
    limit_canceller,
    limit_no_show_reporter,
    limit_participant,
    limit_provider,
    to_caller,
)
from bookings.schemas.requests import AddressBody, BookingReason, CancelBody, NoteBody
from bookings.schemas.views import BookingView, CancellationView
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/{{booking_id}}", tags=["bookings"])
OptionalReason = Annotated[BookingReason, Body(default_factory=BookingReason)]
OptionalCancel = Annotated[CancelBody, Body(default_factory=CancelBody)]
_PROVIDERS, _PARTICIPANTS = [Depends(limit_provider)], [Depends(limit_participant)]


@router.post("/accept", dependencies=_PROVIDERS)
async def accept_booking(
    booking_id: UUID, provider: Provider, actions: BookingActionsDep, queries: BookingQueriesDep
) -> BookingView:
    """Accept a request: held until the deposit is paid, or confirmed at once without one."""
    actions.accept(to_caller(provider), booking_id)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/decline", dependencies=_PROVIDERS)
async def decline_booking(
    booking_id: UUID,
    body: OptionalReason,
    provider: Provider,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Decline a request."""
    actions.decline(to_caller(provider), booking_id, body.reason)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/deposit-received", dependencies=_PROVIDERS)
async def receive_deposit(
    booking_id: UUID, provider: Provider, actions: BookingActionsDep, queries: BookingQueriesDep
) -> BookingView:
    """Record a deposit received outside the platform: confirms the booking."""
    actions.record_offline_deposit(to_caller(provider), booking_id)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/check-in", dependencies=_PROVIDERS)
async def check_in_booking(
    booking_id: UUID, provider: Provider, actions: BookingActionsDep, queries: BookingQueriesDep
) -> BookingView:
    """Check in, from an hour before the start on."""
    actions.check_in(to_caller(provider), booking_id)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/check-out", dependencies=_PROVIDERS)
async def check_out_booking(
    booking_id: UUID, provider: Provider, actions: BookingActionsDep, queries: BookingQueriesDep
) -> BookingView:
    """Check out, which completes the booking."""
    actions.check_out(to_caller(provider), booking_id)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/complete", dependencies=_PROVIDERS)
async def complete_booking(
    booking_id: UUID, provider: Provider, actions: BookingActionsDep, queries: BookingQueriesDep
) -> BookingView:
    """Mark the booking as completed."""
    actions.complete(to_caller(provider), booking_id)
    return BookingView.from_domain(queries.get(to_caller(provider), booking_id))


@router.post("/no-show", dependencies=[Depends(limit_no_show_reporter)])
async def report_no_show(
    booking_id: UUID,
    reporter: NoShowReporter,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Mark the booking as a no-show; the client owes the policy's fee."""
    actions.no_show(to_caller(reporter), booking_id)
    return BookingView.from_domain(queries.get(to_caller(reporter), booking_id))


@router.get("/cancellation")
async def preview_cancellation(
    booking_id: UUID, canceller: Canceller, actions: BookingActionsDep
) -> CancellationView:
    """Return the cost of cancelling now; nothing is changed."""
    return CancellationView.from_domain(
        actions.preview_cancellation(to_caller(canceller), booking_id)
    )


@router.post("/cancel", dependencies=[Depends(limit_canceller)])
async def cancel_booking(
    booking_id: UUID,
    body: OptionalCancel,
    canceller: Canceller,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Cancel the booking, for the fee of the preview."""
    actions.cancel(to_caller(canceller), booking_id, body.reason, body.fee_minor)
    return BookingView.from_domain(queries.get(to_caller(canceller), booking_id))


@router.put("/note", status_code=204, dependencies=_PARTICIPANTS)
async def write_booking_note(
    booking_id: UUID, body: NoteBody, participant: Participant, actions: BookingActionsDep
) -> None:
    """Store a note that only this participant reads; an empty text deletes it."""
    actions.save_note(to_caller(participant), booking_id, body.note)


@router.put("/address", status_code=204, dependencies=_PARTICIPANTS)
async def give_booking_address(
    booking_id: UUID, body: AddressBody, participant: Participant, actions: BookingActionsDep
) -> None:
    """Store the client's address; the provider sees it once the booking is confirmed."""
    actions.save_address(to_caller(participant), booking_id, body.address)
