"""Bookings themselves: ask for one, look at one's own, change them, call them off."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from bookings.dependencies import (
    Asking,
    Canceller,
    Client,
    Moving,
    Reader,
    Seeing,
    Side,
    caller,
    limit_canceller,
    limit_client,
    limit_reader,
    limit_requests,
    limit_side,
    side_of,
)
from bookings.routes.start_time import start_of
from bookings.schemas.queries import BookingsQuery, status_of
from bookings.schemas.requests import CreateBooking, FeeSeen, UpdateBooking, UpdateBookingStatus
from bookings.schemas.views import BookingPage, BookingView
from bookings.service.set_status import ByStatus, Wanted
from kit.errors import Invalid
from kit.http import API
from kit.ids import new_id

router = APIRouter(prefix=f"{API}/bookings", tags=["bookings"])
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
        description="Sent again with the same request, it is answered as the first time.",
    ),
]


@router.get("")
async def list_bookings(
    query: Annotated[BookingsQuery, Query()], reader: Reader, seeing: Seeing
) -> BookingPage:
    """Return one's own bookings: a client's what they asked for, a provider's what she was asked.

    Staff, in their own room, list everybody's: states and money.
    """
    side = side_of(reader)
    return BookingPage.of(seeing.page(caller(reader), query.to_query(side)), side)


@router.post("", status_code=201, dependencies=[Depends(limit_client), Depends(limit_requests)])
async def create_booking(
    body: CreateBooking,
    client: Client,
    asking: Asking,
    seeing: Seeing,
    response: Response,
    idempotency_key: Key = None,
) -> BookingView:
    """Ask for a meeting. The price is what the quote says; an amount that differs is refused."""
    booking = asking.request(client.user_id, idempotency_key or str(new_id()), body.to_request())
    response.headers["location"] = f"{API}/bookings/{booking.id}"
    return BookingView.seen(seeing.one(caller(client), booking.id))


@router.get("/{booking_id}")
async def read_booking(booking_id: UUID, reader: Reader, seeing: Seeing) -> BookingView:
    """Return a booking with all that the caller may know; 404 where it is not theirs."""
    return BookingView.seen(seeing.one(caller(reader), booking_id))


@router.put("/{booking_id}", dependencies=[Depends(limit_side)])
async def update_booking(
    booking_id: UUID, body: UpdateBooking, side: Side, moving: Moving, seeing: Seeing
) -> BookingView:
    """Change one's own note or address; another time is proposed to the other side."""
    who = caller(side)
    view = seeing.one(who, booking_id)
    if body.note is not None:
        moving.write_note(who, booking_id, body.note)
    if body.location is not None:
        moving.give_address(who, booking_id, body.location)
    if body.moves:
        moving.propose(who, booking_id, start_of(body, view.booking), body.duration)
    elif body.note is None and body.location is None:
        raise Invalid("nothing-to-change", "Send start, duration, location or note.", field="start")
    return BookingView.seen(seeing.one(who, booking_id))


@router.put("/{booking_id}/status", dependencies=[Depends(limit_reader)])
async def update_booking_status(
    booking_id: UUID, body: UpdateBookingStatus, reader: Reader, moving: Moving, seeing: Seeing
) -> BookingView:
    """Move a booking by naming where it is to stand: confirmed accepts it, cancelled declines it
    or calls it off, rescheduled agrees to the other side's time (and returns the new booking)."""
    who = caller(reader)
    wanted = Wanted(status_of(body.status), body.reason, body.fee_minor, body.proposal_id)
    moved = ByStatus(moving, seeing).move(who, booking_id, wanted)
    return BookingView.seen(seeing.one(who, moved.id))


@router.delete("/{booking_id}", dependencies=[Depends(limit_canceller)])
async def delete_booking(
    booking_id: UUID,
    canceller: Canceller,
    moving: Moving,
    seeing: Seeing,
    fee_minor: Annotated[FeeSeen, Query(alias="feeMinor")] = None,
) -> BookingView:
    """Call a booking off, for what `GET …/cancellation` says. It stays, as cancelled."""
    who = caller(canceller)
    moving.cancel(who, booking_id, fee=fee_minor)
    return BookingView.seen(seeing.one(who, booking_id))
