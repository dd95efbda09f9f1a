"""What bookings tell the others: ids, instants and amounts; never an address, a name or a note."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from kit.events import Event


class _BookingsEvent(Event):
    source: ClassVar[str] = "hellomahi.bookings"


class BookingEvent(_BookingsEvent):
    """Something about one booking."""

    booking_id: UUID
    escort_id: UUID
    """The profile that was booked."""
    provider_id: UUID
    """The account behind it."""
    client_id: UUID
    starts_at: datetime
    ends_at: datetime


class BookingRequested(BookingEvent):
    """A client asks; without an answer the request ends at `expires_at`."""

    amount_minor: int
    currency: str
    expires_at: datetime


class BookingAccepted(BookingEvent):
    """The time is held; the deposit is due."""

    deposit_minor: int
    currency: str
    deposit_due_at: datetime


class BookingDeclined(BookingEvent):
    """The provider said no."""

    refund_minor: int
    currency: str


class BookingExpired(BookingEvent):
    """Nobody answered in time, or the deposit did not come."""

    waited_for: Literal["answer", "deposit"]
    refund_minor: int
    """What was paid of the deposit goes back."""
    currency: str


class BookingConfirmed(BookingEvent):
    """It will take place; the deposit, if any, is in."""

    amount_minor: int
    paid_minor: int
    currency: str


class BookingRescheduled(BookingEvent):
    """Both agreed on another time: `new_booking_id` takes its place."""

    new_booking_id: UUID


class BookingCancelled(BookingEvent):
    """Called off, with what that costs the client and what goes back to them."""

    cancelled_by: Literal["client", "provider", "staff", "system"]
    fee_minor: int
    refund_minor: int
    currency: str


class BookingCompleted(BookingEvent):
    """It took place."""

    amount_minor: int
    paid_minor: int
    currency: str


class BookingNoShow(BookingEvent):
    """The client did not come."""

    fee_minor: int
    refund_minor: int
    currency: str


class BookingTimeProposed(BookingEvent):
    """One side asks the other for another time."""

    proposal_id: UUID
    proposed_by: Literal["client", "provider"]
    proposed_start: datetime
    proposed_end: datetime


class BookingReminderDue(BookingEvent):
    """It begins in about so many hours."""

    hours: int


class BookingRefundDue(BookingEvent):
    """Money arrived for a booking that does not need it any more."""

    refund_minor: int
    currency: str


class WaitlistSlotAvailable(_BookingsEvent):
    """A time that somebody waits for is free again; who asks first may have it."""

    waitlist_id: UUID
    escort_id: UUID
    client_id: UUID
    starts_at: datetime
    ends_at: datetime
