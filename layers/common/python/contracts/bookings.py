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


class BookingStatusEvent(BookingEvent):
    """Event about a booking that is in another status now."""

    status: ClassVar[str]
    """The new status, as in `bookings.booking_status_v1`."""


class BookingRequested(BookingStatusEvent):
    """A client requested a booking; without an answer the request ends at `expires_at`."""

    status: ClassVar[str] = "requested"
    amount_minor: int
    currency: str
    expires_at: datetime


class BookingAccepted(BookingStatusEvent):
    """The provider accepted the request: the slot is held, the deposit is due."""

    status: ClassVar[str] = "accepted"
    deposit_minor: int
    currency: str
    deposit_due_at: datetime


class BookingDeclined(BookingStatusEvent):
    """The provider declined the request."""

    status: ClassVar[str] = "declined"
    refund_minor: int
    currency: str


class BookingExpired(BookingStatusEvent):
    """The request was not answered in time, or the deposit was not paid in time."""

    status: ClassVar[str] = "expired"
    waited_for: Literal["answer", "deposit"]
    refund_minor: int
    """Refund of the part of the deposit that was paid."""
    currency: str


class BookingConfirmed(BookingStatusEvent):
    """The booking is confirmed; the deposit, if any, is paid."""

    status: ClassVar[str] = "confirmed"
    amount_minor: int
    paid_minor: int
    currency: str


class BookingRescheduled(BookingStatusEvent):
    """Both participants agreed on another time: `new_booking_id` replaces this booking."""

    status: ClassVar[str] = "rescheduled"
    new_booking_id: UUID


class BookingCancelled(BookingStatusEvent):
    """The booking was cancelled, with the client's fee and refund."""

    status: ClassVar[str] = "cancelled"
    cancelled_by: Literal["client", "provider", "staff", "system"]
    fee_minor: int
    refund_minor: int
    currency: str


class BookingCompleted(BookingStatusEvent):
    """The meeting took place."""

    status: ClassVar[str] = "completed"
    amount_minor: int
    paid_minor: int
    currency: str


class BookingNoShow(BookingStatusEvent):
    """The client did not come."""

    status: ClassVar[str] = "no_show"
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


STATUS_EVENTS: tuple[type[BookingStatusEvent], ...] = (
    BookingRequested,
    BookingAccepted,
    BookingDeclined,
    BookingExpired,
    BookingConfirmed,
    BookingRescheduled,
    BookingCancelled,
    BookingCompleted,
    BookingNoShow,
)
"""The event of each status."""

BOOKING_MAIL_EVENTS: tuple[type[BookingEvent], ...] = (
    BookingRequested,
    BookingAccepted,
    BookingDeclined,
    BookingExpired,
    BookingConfirmed,
    BookingCancelled,
    BookingTimeProposed,
    BookingReminderDue,
)
"""Events that the mailer of `auth` subscribes to, besides `WaitlistSlotAvailable`."""

VISIT_EVENTS: tuple[type[BookingStatusEvent], ...] = (
    BookingConfirmed,
    BookingCompleted,
    BookingNoShow,
    BookingCancelled,
    BookingRescheduled,
)
"""Events that the consumer of `crm` subscribes to."""
