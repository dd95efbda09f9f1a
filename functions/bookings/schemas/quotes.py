"""Response models of quotes, slots, the waitlist and feeds."""

from datetime import datetime
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from bookings.domain.calendar import StartSlot
from bookings.domain.waitlist import WaitlistEntry
from bookings.schemas.fields import BookingVenue
from bookings.schemas.settings import PolicyView, QuestionView
from bookings.schemas.views import PriceView
from bookings.service.requests import QuotedOffer
from kit.http import Response
from kit.intervals import Interval


class QuoteView(Response):
    """Price, policy and questions of a request; send back `policy.version`."""

    profile_id: UUID = Field(serialization_alias="escortId")
    price: PriceView
    deposit_minor: int
    policy: PolicyView
    questions: list[QuestionView]

    @classmethod
    def from_domain(cls, offer: QuotedOffer) -> Self:
        """Convert an offer."""
        return cls(
            profile_id=offer.profile.profile_id,
            price=PriceView.from_domain(offer.quote),
            deposit_minor=offer.deposit.minor_units,
            policy=PolicyView.from_domain(offer.policy),
            questions=[QuestionView.model_validate(one) for one in offer.questions],
        )


class SlotView(Response):
    """A possible start; `start` is in the time zone of the place."""

    start: datetime
    city: str
    time_zone: str

    @classmethod
    def from_domain(cls, start: StartSlot) -> Self:
        """Convert a start slot."""
        zone = ZoneInfo(start.place.time_zone)
        return cls(start=start.at.astimezone(zone), city=start.place.city, time_zone=zone.key)


class SlotsView(Response):
    """Possible starts of a meeting of this length. A request is validated again."""

    profile_id: UUID = Field(serialization_alias="escortId")
    time_zone: str
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")
    duration: int
    venue: BookingVenue
    items: list[SlotView]


class WaitlistEntryView(Response):
    """A waitlist entry."""

    id: UUID
    profile_id: UUID = Field(serialization_alias="escortId")
    since: datetime = Field(serialization_alias="from")
    until: datetime = Field(serialization_alias="to")

    @classmethod
    def from_domain(cls, entry: WaitlistEntry) -> Self:
        """Convert a waitlist entry."""
        period: Interval = entry.requested_period
        return cls(id=entry.id, profile_id=entry.profile_id, since=period.start, until=period.end)


class WaitlistView(Response):
    """All waitlist entries of a client."""

    items: list[WaitlistEntryView]


class FeedState(Response):
    """Whether a calendar feed exists; its URL is shown only when created."""

    exists: bool


class FeedAddress(Response):
    """Secret URL of a calendar feed. Anyone with the URL can read the times."""

    url: str
