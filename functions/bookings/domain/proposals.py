"""Proposals of another time: made by one participant and accepted or refused by the other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bookings.domain.calendar import CityZone
from bookings.domain.pricing import Quote
from bookings.domain.transitions import Actor
from kit.intervals import Interval


class ProposalStatus(StrEnum):
    """Status of a proposal; at most one of a booking is open."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    """The booking changed its status without the proposal."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed time with its price, as shown to the other participant."""

    id: UUID
    booking_id: UUID
    proposed_by: Actor
    period: Interval
    place: CityZone
    quote: Quote
    status: ProposalStatus
    made_at: datetime
