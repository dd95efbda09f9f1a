"""Another time for a booking, asked for by one side and agreed to by the other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bookings.domain.calendar import Place
from bookings.domain.pricing import Quote
from bookings.domain.spans import Span
from bookings.domain.transitions import Actor


class ProposalStatus(StrEnum):
    """Where a proposal stands; at most one of a booking is open."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    """The booking moved on without it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A time with what it would cost, as it was told to the other side."""

    id: UUID
    booking_id: UUID
    by: Actor
    span: Span
    place: Place
    quote: Quote
    status: ProposalStatus
    made_at: datetime
