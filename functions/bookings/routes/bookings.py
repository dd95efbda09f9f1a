"""Bookings: create, list, read, update, cancel."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from bookings.dependencies import (
    BookingActionsDep,
    BookingQueriesDep,
    BookingRequestsDep,
    Canceller,
    Client,
    Participant,
    Reader,
    actor_for,
    limit_canceller,
    limit_client,
    limit_participant,
    limit_reader,
    limit_requests,
    to_caller,
)
from bookings.routes.start_time import resolve_start
from bookings.schemas.queries import BookingsQuery, status_of
from bookings.schemas.requests import CreateBooking, ShownFee, UpdateBooking, UpdateBookingStatus
from bookings.schemas.views import BookingPage, BookingView
from bookings.service.set_status import SetStatus, StatusChange
from kit.errors import Invalid
from kit.http import API
from kit.i18n import gettext as _
from kit.ids import new_id

router = APIRouter(prefix=f"{API}/bookings", tags=["bookings"])
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="A repeated request with the same key returns the first booking.",
    ),
]


@router.get("")
async def list_bookings(
    query: Annotated[BookingsQuery, Query()], reader: Reader, queries: BookingQueriesDep
) -> BookingPage:
    """List the caller's bookings: a client's requests, or the requests to a provider.

    Staff in the staff realm list all bookings: statuses and money.
    """
    side = actor_for(reader)
    return BookingPage.from_domain(
        queries.list_page(to_caller(reader), query.to_filter(side)), side
    )


@router.post("", status_code=201, dependencies=[Depends(limit_client), Depends(limit_requests)])
async def create_booking(
    body: CreateBooking,
    client: Client,
    requests: BookingRequestsDep,
    queries: BookingQueriesDep,
    response: Response,
    idempotency_key: Key = None,
) -> BookingView:
    """Request a booking. The price is that of the quote; an amount that differs is refused."""
    booking = requests.create(client.user_id, idempotency_key or str(new_id()), body.to_request())
    response.headers["location"] = f"{API}/bookings/{booking.id}"
    return BookingView.from_domain(queries.get(to_caller(client), booking.id))


@router.get("/{booking_id}")
async def read_booking(booking_id: UUID, reader: Reader, queries: BookingQueriesDep) -> BookingView:
    """Return a booking with all that the caller may see; 404 for bookings of other accounts."""
    return BookingView.from_domain(queries.get(to_caller(reader), booking_id))


@router.put("/{booking_id}", dependencies=[Depends(limit_participant)])
async def update_booking(
    booking_id: UUID,
    body: UpdateBooking,
    participant: Participant,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Change the caller's note or address, or propose another time to the other participant."""
    caller = to_caller(participant)
    view = queries.get(caller, booking_id)
    if body.note is not None:
        actions.save_note(caller, booking_id, body.note)
    if body.location is not None:
        actions.save_address(caller, booking_id, body.location)
    if body.changes_time:
        actions.propose(caller, booking_id, resolve_start(body, view.booking), body.duration)
    elif body.note is None and body.location is None:
        raise Invalid(
            "nothing-to-change", _("Send start, duration, location or note."), field="start"
        )
    return BookingView.from_domain(queries.get(caller, booking_id))


@router.put("/{booking_id}/status", dependencies=[Depends(limit_reader)])
async def update_booking_status(
    booking_id: UUID,
    body: UpdateBookingStatus,
    reader: Reader,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
) -> BookingView:
    """Set the status: confirmed accepts the request, cancelled declines or cancels, rescheduled
    accepts the other participant's proposal (and returns the new booking).
    """
    caller = to_caller(reader)
    change = StatusChange(status_of(body.status), body.reason, body.fee_minor, body.proposal_id)
    changed = SetStatus(actions, queries).apply(caller, booking_id, change)
    return BookingView.from_domain(queries.get(caller, changed.id))


@router.delete("/{booking_id}", dependencies=[Depends(limit_canceller)])
async def delete_booking(
    booking_id: UUID,
    canceller: Canceller,
    actions: BookingActionsDep,
    queries: BookingQueriesDep,
    fee_minor: Annotated[ShownFee, Query(alias="feeMinor")] = None,
) -> BookingView:
    """Cancel a booking, for the fee of `GET …/cancellation`. The booking stays, as cancelled."""
    caller = to_caller(canceller)
    actions.cancel(caller, booking_id, fee=fee_minor)
    return BookingView.from_domain(queries.get(caller, booking_id))
