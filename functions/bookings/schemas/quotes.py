"""What a client is told before there is a booking: prices, times, and what they wait for."""

from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from bookings.domain.calendar import Start
from bookings.domain.spans import Span
from bookings.domain.waitlist import Waiting
from bookings.schemas.fields import BookingVenue
from bookings.schemas.settings import PolicyView, QuestionView
from bookings.schemas.views import PriceView
from bookings.service.requests import Offer
from kit.http import Response


class QuoteView(Response):
    """What it would cost, under which policy, and what the provider asks; send back `policy.version`."""

    escort_id: UUID
    price: PriceView
    deposit_minor: int
    policy: PolicyView
    questions: list[QuestionView]

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """Show an offer."""
        return cls(
            escort_id=offer.profile.escort_id,
            price=PriceView.of(offer.quote),
            deposit_minor=offer.deposit.minor_units,
            policy=PolicyView.of(offer.policy),
            questions=[QuestionView.model_validate(one) for one in offer.questions],
        )


class StartView(Response):
    """A meeting may begin here and then; `start` is in the time of the place."""

    start: datetime
    city: str
    time_zone: str

    @classmethod
    def of(cls, start: Start) -> Self:
        """Show a start."""
        zone = ZoneInfo(start.place.zone)
        return cls(start=start.at.astimezone(zone), city=start.place.city, time_zone=zone.key)


class StartsView(Response):
    """When a meeting of this length may begin. A booking is checked again when it is asked for."""

    escort_id: UUID
    time_zone: str
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    duration: int
    venue: BookingVenue
    items: list[StartView]


class WaitingView(Response):
    """A time that somebody waits for."""

    id: UUID
    escort_id: UUID
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """Show an entry of the waiting list."""
        wanted: Span = waiting.wanted
        return cls(id=waiting.id, escort_id=waiting.escort_id, since=wanted.start, until=wanted.end)


class WaitingsView(Response):
    """All that somebody waits for."""

    items: list[WaitingView]


class FeedState(Response):
    """Whether there is an address of one's calendar; it is told only when it is made."""

    exists: bool


class FeedAddress(Response):
    """The secret address of one's calendar. Whoever has it reads the times."""

    url: str
