"""Events of bookings: ids, times and amounts; never an address, a name or a text."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from kit.events import Event


class _BookingsEvent(Event):
    source: ClassVar[str] = "hellomahi.bookings"


class BookingEvent(_BookingsEvent):
    """Event about one booking."""

    booking_id: UUID
    profile_id: UUID = Field(validation_alias="escortId", serialization_alias="escortId")
    """The booked profile."""
    provider_id: UUID
    """The provider's account."""
    client_id: UUID
    starts_at: datetime
    ends_at: datetime


class BookingRequested(BookingEvent):
    """A client requested a booking; without an answer the request ends at `expires_at`."""

    amount_minor: int
    currency: str
    expires_at: datetime


class BookingAccepted(BookingEvent):
    """The provider accepted the request: the slot is held, the deposit is due."""

    deposit_minor: int
    currency: str
    deposit_due_at: datetime


class BookingDeclined(BookingEvent):
    """The provider declined the request."""

    refund_minor: int
    currency: str


class BookingExpired(BookingEvent):
    """The request was not answered in time, or the deposit was not paid in time."""

    waited_for: Literal["answer", "deposit"]
    refund_minor: int
    """Refund of the part of the deposit that was paid."""
    currency: str


class BookingConfirmed(BookingEvent):
    """The booking is confirmed; the deposit, if any, is paid."""

    amount_minor: int
    paid_minor: int
    currency: str


class BookingRescheduled(BookingEvent):
    """Both participants agreed on another time: `new_booking_id` replaces this booking."""

    new_booking_id: UUID


class BookingCancelled(BookingEvent):
    """The booking was cancelled, with the client's fee and refund."""

    cancelled_by: Literal["client", "provider", "staff", "system"]
    fee_minor: int
    refund_minor: int
    currency: str


class BookingCompleted(BookingEvent):
    """The meeting took place."""

    amount_minor: int
    paid_minor: int
    currency: str


class BookingNoShow(BookingEvent):
    """The client did not come."""

    fee_minor: int
    refund_minor: int
    currency: str


class BookingTimeProposed(BookingEvent):
    """One participant proposed another time."""

    proposal_id: UUID
    proposed_by: Literal["client", "provider"]
    proposed_start: datetime
    proposed_end: datetime


class BookingReminderDue(BookingEvent):
    """The booking starts in about `hours` hours."""

    hours: int


class BookingRefundDue(BookingEvent):
    """A payment arrived for a booking that no longer needs it."""

    refund_minor: int
    currency: str


class WaitlistSlotAvailable(_BookingsEvent):
    """A waitlisted period is free again; the first request gets it."""

    waitlist_id: UUID
    profile_id: UUID = Field(validation_alias="escortId", serialization_alias="escortId")
    client_id: UUID
    starts_at: datetime
    ends_at: datetime
