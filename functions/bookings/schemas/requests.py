"""What the JSON API takes: our own words, and those of clients that are older than we are.

Where both say the same thing differently it is refused, naming both: nothing is guessed.
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from bookings.domain.pricing import NIGHT, Ask
from bookings.domain.venue import Venue, venue_of
from bookings.schemas.fields import (
    Address,
    AnswerText,
    BookingStatus,
    BookingVenue,
    Currency,
    Label,
    Major,
    MinorUnits,
    Minutes,
    Note,
    Reason,
    Text,
    Word,
)
from bookings.service.requests import LocalStart, NewRequest
from kit.datetime_fields import Clock, Moment
from kit.errors import Invalid
from kit.http import Request

FeeSeen = Annotated[
    int | None,
    Field(
        ge=0, le=10**12,
        description="The fee that was shown; if cancelling costs more by now, nothing is done.",
    ),
]  # fmt: skip


class AskBody(Request):
    """What somebody wants to know the price of."""

    services: list[Word] = Field(max_length=15)
    duration: Minutes
    venue: BookingVenue | None = Field(None, description="Or one of the flags below.")
    extras: list[Word] = Field(default=[], max_length=20)
    currency: Currency | None = None
    is_urgent: bool = False
    is_overnight: bool | None = Field(None, description="Says the same as the service overnight.")
    is_outcall: bool | None = Field(None, description="Says the same as venue outcall.")
    is_incall: bool | None = Field(None, description="Says the same as venue incall.")

    def to_ask(self) -> Ask:
        """Return it as the domain knows it."""
        if self.is_incall and self.is_outcall:
            raise Invalid(
                "both-venues",
                "isIncall and isOutcall cannot both be: at the provider's, or at yours.",
                field="isOutcall",
            )
        if self.is_overnight and NIGHT not in self.services:
            raise Invalid(
                "overnight-missing",
                f"isOvernight says a night, services does not: add {NIGHT}.",
                field="isOvernight",
            )
        return Ask(
            services=tuple(self.services),
            duration_minutes=self.duration,
            venue=self._venue(),
            extras=tuple(self.extras),
            currency=self.currency,
            urgent=self.is_urgent,
        )

    def _venue(self) -> Venue:
        said = Venue(self.venue) if self.venue else None
        return venue_of(said, is_incall=self.is_incall, is_outcall=self.is_outcall)


class QuoteBody(AskBody):
    """The same, of whom."""

    escort_id: UUID


class When(Request):
    """When it begins: `start` as an instant, or date and clock where the provider is that day."""

    start: Moment | None = Field(None, description="ISO 8601 with an offset; preferred.")
    date: dt.date | None = None
    time: Clock | None = None

    def to_start(self) -> dt.datetime | LocalStart:
        """Return what was said, once."""
        if self.start is not None:
            if self.date is not None or self.time is not None:
                raise Invalid(
                    "two-starts", "Send start, or date and time, not both.", field="start"
                )
            return self.start
        if self.date is None or self.time is None:
            half = self.date is not None or self.time is not None
            missing = "start" if not half else "time" if self.time is None else "date"
            raise Invalid("start-missing", "Say when: start, or date and time.", field=missing)
        return LocalStart(self.date, dt.time.fromisoformat(self.time))


class CreateBooking(QuoteBody, When):
    """A request to a provider."""

    policy_version: int | None = Field(
        None, ge=0, description="The policy that was shown (see the quote) and is agreed to."
    )
    amount: Major | None = Field(
        None, description="What the client believes that it costs, in whole units; compared."
    )
    amount_minor: MinorUnits | None = Field(None, description="The same in minor units.")
    city: Word | None = None
    location: Address = Field(
        "", description="Where the provider comes to. Not kept for an incall: it is hers to tell."
    )
    answers: dict[Word, AnswerText] = Field(default={}, max_length=10, description="By question.")
    notes: Text = Field("", description="For the provider.")
    special_requests: Text = ""

    def to_request(self) -> NewRequest:
        """Return it as the use case takes it."""
        ask = self.to_ask()
        return NewRequest(
            escort_id=self.escort_id,
            start=self.to_start(),
            ask=ask,
            policy_version=self.policy_version,
            amount_minor=self.amount_minor,
            amount=self.amount,
            city=self.city,
            answers=self.answers,
            message=self.notes,
            special_requests=self.special_requests,
            address="" if ask.venue is Venue.INCALL else self.location,
        )


class UpdateBooking(When):
    """What may be changed of a booking; another time is a proposal to the other side."""

    duration: Minutes | None = None
    location: Address | None = Field(None, description="Where the provider comes to; the client's.")
    note: Note | None = Field(None, description="One's own; nobody else reads it.")

    @property
    def moves(self) -> bool:
        """Whether another time is asked for."""
        return any(one is not None for one in (self.start, self.date, self.time, self.duration))


class ProposeBody(When):
    """Another time; the length stays unless said."""

    duration: Minutes | None = None


class UpdateBookingStatus(Request):
    """Where a booking is to stand, as older clients say it."""

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
    fee_minor: FeeSeen = None
    proposal_id: UUID | None = Field(None, description="For rescheduled: which time is agreed to.")


class BookingReason(Request):
    """Why; the other side reads it. It may be left out."""

    reason: Reason = ""


class CancelBody(BookingReason):
    """Why, and what it was said to cost."""

    fee_minor: FeeSeen = None


class ProposalAnswer(Request):
    """Which proposal is meant; another one is not agreed to."""

    proposal_id: UUID


class NoteBody(Request):
    """A note for oneself; an empty one takes it away."""

    note: Note


class AddressBody(Request):
    """An exact address; an empty one takes it away."""

    address: Address


class WaitBody(Request):
    """A time that somebody waits for."""

    escort_id: UUID
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class QuestionBody(Request):
    """A question of the intake form."""

    key: Word
    text: Label
    required: bool = True


class StepBody(Request):
    """Cancelled less than `hours` before the beginning, it costs `percent` of the price."""

    hours: Annotated[int, Field(ge=-100_000, le=100_000)]
    percent: Annotated[int, Field(ge=-100_000, le=100_000)]
