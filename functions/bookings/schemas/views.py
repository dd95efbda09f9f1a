"""Response models of bookings: each participant sees the own side, staff see statuses and money."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from bookings.domain.booking import Booking
from bookings.domain.policy import Settlement
from bookings.domain.pricing import OVERNIGHT_SERVICE, Quote
from bookings.domain.proposals import Proposal, ProposalStatus
from bookings.domain.transitions import Action, Actor
from bookings.domain.venue import Venue
from bookings.schemas.fields import BookingStatus, BookingVenue
from bookings.schemas.settings import PolicyView
from bookings.service.queries import BookingDetail, BookingList
from kit.http import Page, Response
from kit.money import Money

type PaymentStatus = Literal["pending", "partial", "paid", "refunded"]


class PriceLine(Response):
    """A part of the price: the time (service) or an extra."""

    kind: str
    key: str
    label: str
    amount: int


class PriceView(Response):
    """Price in minor units, with its lines."""

    amount_minor: int
    currency: str
    duration: int
    lines: list[PriceLine]

    @classmethod
    def from_domain(cls, quote: Quote) -> Self:
        """Convert a quote."""
        return cls(
            amount_minor=quote.total.minor_units,
            currency=quote.total.currency,
            duration=quote.duration_minutes,
            lines=[PriceLine.model_validate(line) for line in quote.lines],
        )


class ProposalView(Response):
    """A proposal of another time with its price."""

    id: UUID
    by: Actor
    status: ProposalStatus
    start: datetime
    end: datetime
    time_zone: str
    city: str
    price: PriceView
    made_at: datetime

    @classmethod
    def from_domain(cls, proposal: Proposal) -> Self:
        """Convert a proposal, in the time zone of its place."""
        zone = ZoneInfo(proposal.place.time_zone)
        return cls(
            id=proposal.id,
            by=proposal.proposed_by,
            status=proposal.status,
            start=proposal.period.start.astimezone(zone),
            end=proposal.period.end.astimezone(zone),
            time_zone=proposal.place.time_zone,
            city=proposal.place.city,
            price=PriceView.from_domain(proposal.quote),
            made_at=proposal.made_at,
        )


class HistoryLine(Response):
    """A line of the booking's history."""

    at: datetime
    action: str
    actor: Actor
    status: BookingStatus


class BookingItem(Response):
    """A booking in a list. `start` and `end` are in the time zone of its place."""

    id: UUID
    role: Actor
    profile_id: UUID = Field(serialization_alias="escortId")
    client_id: UUID
    name: str
    slug: str
    status: BookingStatus
    start: datetime
    end: datetime
    date: str
    time: str
    time_zone: str
    duration: int
    city: str
    amount_minor: int
    currency: str
    deposit_minor: int
    paid_minor: int
    paid_offline_minor: int = Field(
        serialization_alias="paidByHandMinor",
        description="Part of the paid amount that the provider received outside the platform.",
    )
    fee_minor: int | None
    refund_minor: int | None
    refund_offline_minor: int = Field(
        serialization_alias="refundByHandMinor",
        description="Part of the refund that the provider returns outside the platform.",
    )
    payment_status: PaymentStatus
    expires_at: datetime
    deposit_due_at: datetime | None
    rescheduled_from: UUID | None
    rescheduled_to: UUID | None
    venue: BookingVenue | None
    services: list[str] | None
    is_urgent: bool | None
    is_overnight: bool | None
    is_outcall: bool | None
    is_incall: bool | None

    @classmethod
    def from_booking(cls, booking: Booking, role: Actor, names: tuple[str, str]) -> Self:
        """Convert a booking for one role."""
        return cls(**_item(booking, role, names))


class BookingPage(Page[BookingItem]):
    """Bookings by start."""

    @classmethod
    def from_domain(cls, listed: BookingList, role: Actor) -> Self:
        """Convert a page of bookings."""
        items = [
            BookingItem.from_booking(one, role, listed.profile_label(one))
            for one in listed.bookings
        ]
        return cls(items=items, next_cursor=listed.next_cursor)


class BookingView(BookingItem):
    """A booking with all that the caller may see; other fields are null or empty."""

    requested_at: datetime
    confirmed_at: datetime | None
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    ended_at: datetime | None
    cancellation_reason: str
    policy: PolicyView
    price: PriceView | None
    answers: dict[str, str]
    notes: str
    special_requests: str
    own_note: str
    location: str
    proposals: list[ProposalView]
    history: list[HistoryLine]
    actions: list[Action]

    @classmethod
    def from_domain(cls, view: BookingDetail) -> Self:
        """Convert a booking for the side of the caller."""
        booking, staff = view.booking, view.actor is Actor.STAFF
        return cls(
            **_item(booking, view.actor, (view.name, view.slug)),
            requested_at=booking.requested_at,
            confirmed_at=booking.confirmed_at,
            checked_in_at=booking.checked_in_at,
            checked_out_at=booking.checked_out_at,
            ended_at=booking.ended_at,
            cancellation_reason="" if staff else booking.reason,
            policy=PolicyView.from_domain(booking.policy),
            price=None if staff else PriceView.from_domain(booking.quote),
            answers=view.answers,
            notes=view.message,
            special_requests=view.special_requests,
            own_note=view.note,
            location=view.address,
            proposals=[] if staff else [ProposalView.from_domain(one) for one in view.proposals],
            history=[
                HistoryLine(
                    at=line["at"],
                    action=line["action"],
                    actor=line["actor"],
                    status=_status(line["to_status"]),
                )
                for line in view.history
            ],
            actions=sorted(view.actions),
        )


class CancellationView(Response):
    """Cost of cancelling now; reading it changes nothing."""

    fee_minor: int
    refund_minor: int = Field(description="Refund of what was paid, on the platform or offline.")
    owed_minor: int
    currency: str

    @classmethod
    def from_domain(cls, settlement: Settlement) -> Self:
        """Convert a settlement."""
        return cls(
            fee_minor=settlement.fee.minor_units,
            refund_minor=settlement.refund.minor_units,
            owed_minor=settlement.owed.minor_units,
            currency=settlement.fee.currency,
        )


def payment_status(booking: Booking) -> PaymentStatus:
    """Return the payment status of a booking."""
    total, paid = booking.quote.total, booking.paid
    back = booking.refund or Money(0, total.currency)
    if paid.minor_units == 0:
        return "pending"
    if back.minor_units >= paid.minor_units:
        return "refunded"
    return "paid" if paid.minor_units >= total.minor_units else "partial"


def _item(booking: Booking, role: Actor, names: tuple[str, str]) -> dict[str, Any]:
    zone = ZoneInfo(booking.place.time_zone)
    start, staff = booking.period.start.astimezone(zone), role is Actor.STAFF
    # Staff see statuses and money, but not the services of the booking.
    about: dict[str, Any] = {
        "venue": BookingVenue(booking.venue),
        "services": list(booking.services),
        "is_urgent": booking.urgent,
        "is_overnight": OVERNIGHT_SERVICE in booking.services,
        "is_outcall": booking.venue is Venue.OUTCALL,
        "is_incall": booking.venue is Venue.INCALL,
    }
    return {
        "id": booking.id,
        "role": role,
        "profile_id": booking.profile_id,
        "client_id": booking.client_id,
        "name": names[0],
        "slug": names[1],
        "status": _status(booking.status),
        "start": start,
        "end": booking.period.end.astimezone(zone),
        "date": f"{start:%Y-%m-%d}",
        "time": f"{start:%H:%M}",
        "time_zone": booking.place.time_zone,
        "duration": booking.quote.duration_minutes,
        "city": booking.place.city,
        "amount_minor": booking.quote.total.minor_units,
        "currency": booking.quote.total.currency,
        "deposit_minor": booking.deposit.minor_units,
        "paid_minor": booking.paid.minor_units,
        "paid_offline_minor": booking.paid_offline,
        "fee_minor": booking.fee.minor_units if booking.fee else None,
        "refund_minor": booking.refund.minor_units if booking.refund else None,
        "refund_offline_minor": booking.offline_refund(booking.refund).minor_units,
        "payment_status": payment_status(booking),
        "expires_at": booking.expires_at,
        "deposit_due_at": booking.deposit_due_at,
        "rescheduled_from": booking.rescheduled_from,
        "rescheduled_to": booking.rescheduled_to,
        **(dict.fromkeys(about) if staff else about),
    }


def _status(word: str) -> BookingStatus:
    return BookingStatus(word.replace("_", "-"))
