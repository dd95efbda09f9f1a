"""Request models of the JSON API, including the fields that older clients send.

Contradicting fields are refused with both names: nothing is guessed.
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from bookings.domain.pricing import OVERNIGHT_SERVICE, QuoteRequest
from bookings.domain.venue import Venue, resolve_venue
from bookings.schemas.fields import (
    Address,
    AnswerText,
    BookingStatus,
    BookingVenue,
    Currency,
    Label,
    MinorUnits,
    Minutes,
    Note,
    Reason,
    ShortText,
    Text,
    WholeUnits,
)
from bookings.service.requests import LocalStart, NewRequest
from kit.datetime_fields import Clock, Moment
from kit.errors import Invalid
from kit.http import Request
from kit.i18n import gettext as _

ShownFee = Annotated[
    int | None,
    Field(
        ge=0, le=10**12,
        description="The fee that was shown; if the fee is higher by now, nothing is cancelled.",
    ),
]  # fmt: skip


class QuoteRequestBody(Request):
    """Services, duration and venue to compute a price for."""

    services: list[ShortText] = Field(max_length=15)
    duration: Minutes
    venue: BookingVenue | None = Field(None, description="Or one of the flags below.")
    extras: list[ShortText] = Field(default=[], max_length=20)
    currency: Currency | None = None
    is_urgent: bool = False
    is_overnight: bool | None = Field(None, description="Same as the service overnight.")
    is_outcall: bool | None = Field(None, description="Same as venue outcall.")
    is_incall: bool | None = Field(None, description="Same as venue incall.")

    def to_quote_request(self) -> QuoteRequest:
        """Convert the body to the domain's quote request."""
        if self.is_incall and self.is_outcall:
            raise Invalid(
                "both-venues",
                _("isIncall and isOutcall exclude each other: choose one venue."),
                field="isOutcall",
            )
        if self.is_overnight and OVERNIGHT_SERVICE not in self.services:
            raise Invalid(
                "overnight-missing",
                _(
                    "isOvernight is set, but services lacks %(service)s: add it.",
                    service=OVERNIGHT_SERVICE,
                ),
                field="isOvernight",
            )
        return QuoteRequest(
            services=tuple(self.services),
            duration_minutes=self.duration,
            venue=self._venue(),
            extras=tuple(self.extras),
            currency=self.currency,
            urgent=self.is_urgent,
        )

    def _venue(self) -> Venue:
        venue = Venue(self.venue) if self.venue else None
        return resolve_venue(venue, is_incall=self.is_incall, is_outcall=self.is_outcall)


class ProfileQuoteBody(QuoteRequestBody):
    """A quote request to one profile."""

    profile_id: UUID = Field(alias="escortId")


class StartTime(Request):
    """Start as `start` with an offset, or as local date and time where the provider is on that day."""

    start: Moment | None = Field(None, description="ISO 8601 with an offset; preferred.")
    date: dt.date | None = None
    time: Clock | None = None

    def to_start(self) -> dt.datetime | LocalStart:
        """Return the start, or refuse a missing or contradicting one."""
        if self.start is not None:
            if self.date is not None or self.time is not None:
                raise Invalid(
                    "two-starts", _("Send start, or date and time, not both."), field="start"
                )
            return self.start
        if self.date is None or self.time is None:
            half = self.date is not None or self.time is not None
            missing = "start" if not half else "time" if self.time is None else "date"
            raise Invalid("start-missing", _("Send start, or date and time."), field=missing)
        return LocalStart(self.date, dt.time.fromisoformat(self.time))


class CreateBooking(ProfileQuoteBody, StartTime):
    """A request to a provider."""

    policy_version: int | None = Field(
        None, ge=0, description="Version of the policy (see the quote) that the client agreed to."
    )
    amount: WholeUnits | None = Field(
        None, description="Expected price in whole units; compared with the price."
    )
    amount_minor: MinorUnits | None = Field(None, description="Expected price in minor units.")
    city: ShortText | None = None
    location: Address = Field(
        "", description="Address that the provider comes to. Not stored for an incall."
    )
    answers: dict[ShortText, AnswerText] = Field(
        default={}, max_length=10, description="Answers by key of the question."
    )
    notes: Text = Field("", description="Message to the provider.")
    special_requests: Text = ""

    def to_request(self) -> NewRequest:
        """Convert the body to the request of the use case."""
        ask = self.to_quote_request()
        return NewRequest(
            profile_id=self.profile_id,
            start=self.to_start(),
            quote_request=ask,
            policy_version=self.policy_version,
            amount_minor=self.amount_minor,
            amount=self.amount,
            city=self.city,
            answers=self.answers,
            message=self.notes,
            special_requests=self.special_requests,
            address="" if ask.venue is Venue.INCALL else self.location,
        )


class UpdateBooking(StartTime):
    """Changes of a booking; another time is a proposal to the other participant."""

    duration: Minutes | None = None
    location: Address | None = Field(
        None, description="The client's address that the provider comes to."
    )
    note: Note | None = Field(None, description="Private note of the caller.")

    @property
    def changes_time(self) -> bool:
        """Whether another time is proposed."""
        return any(one is not None for one in (self.start, self.date, self.time, self.duration))


class ProposeBody(StartTime):
    """Another time; the length is optional."""

    duration: Minutes | None = None


class UpdateBookingStatus(Request):
    """Target status of a booking, as older clients send it."""

    status: Literal[
        BookingStatus.ACCEPTED,
        BookingStatus.CONFIRMED,
        BookingStatus.DECLINED,
        BookingStatus.COMPLETED,
        BookingStatus.CANCELLED,
        BookingStatus.NO_SHOW,
        BookingStatus.RESCHEDULED,
    ]
    reason: Reason = ""
    fee_minor: ShownFee = None
    proposal_id: UUID | None = Field(None, description="For rescheduled: the accepted proposal.")


class BookingReason(Request):
    """An optional reason; the other participant reads it."""

    reason: Reason = ""


class CancelBody(BookingReason):
    """An optional reason, and the fee that was shown."""

    fee_minor: ShownFee = None


class AcceptProposalBody(Request):
    """The proposal that is accepted."""

    proposal_id: UUID


class NoteBody(Request):
    """A private note; an empty text deletes it."""

    note: Note


class AddressBody(Request):
    """An exact address; an empty text deletes it."""

    address: Address


class JoinWaitlistBody(Request):
    """A period to wait for."""

    profile_id: UUID = Field(alias="escortId")
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class QuestionBody(Request):
    """A question of the intake form."""

    key: ShortText
    text: Label
    required: bool = True


class StepBody(Request):
    """A cancellation fee: `percent` of the price if cancelled less than `hours` before the start."""

    hours: Annotated[int, Field(ge=-100_000, le=100_000)]
    percent: Annotated[int, Field(ge=-100_000, le=100_000)]
