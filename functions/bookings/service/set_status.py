"""Moves said as the state that one wants, which is how older clients say them."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor, Status
from bookings.service.actions import Deciding
from bookings.service.callers import Caller
from bookings.service.queries import Reading
from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a booking is to stand, and what was seen by whoever says so."""

    status: Status
    reason: str = ""
    fee: int | None = None
    proposal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ByStatus:
    """Finds the move that leads there; the transition table says whether it is allowed."""

    deciding: Deciding
    reading: Reading

    def move(self, caller: Caller, booking_id: UUID, wanted: Wanted) -> Booking:
        """Make the move. What stands there already stays as it is: repeating is harmless.

        A deposit never counts as received because somebody asked twice for `confirmed`.
        """
        view = self.reading.one(caller, booking_id)
        booking = view.booking
        if booking.status is wanted.status:
            return booking
        match wanted.status:
            case Status.CONFIRMED if _is_taken(booking, view.actor):
                return booking
            case Status.ACCEPTED | Status.CONFIRMED:
                return self.deciding.accept(caller, booking_id)
            case Status.DECLINED:
                return self.deciding.decline(caller, booking_id, wanted.reason)
            case Status.CANCELLED if _is_asked(booking, view.actor):
                return self.deciding.decline(caller, booking_id, wanted.reason)
            case Status.CANCELLED:
                return self.deciding.cancel(caller, booking_id, wanted.reason, wanted.fee)
            case Status.COMPLETED:
                return self.deciding.complete(caller, booking_id)
            case Status.NO_SHOW:
                return self.deciding.no_show(caller, booking_id)
            case Status.RESCHEDULED:
                return self._agree(caller, booking_id, wanted.proposal_id)
        raise ValueError(f"nobody asks for {wanted.status}")

    def _agree(self, caller: Caller, booking_id: UUID, proposal_id: UUID | None) -> Booking:
        if proposal_id is None:
            raise Invalid(
                "proposal-missing",
                "Say which time is agreed to: send its proposalId.",
                field="proposalId",
            )
        return self.deciding.accept_proposal(caller, booking_id, proposal_id)


def _is_taken(booking: Booking, actor: Actor) -> bool:
    """Tell whether she has done her part: it is confirmed once the deposit is there."""
    return booking.status is Status.ACCEPTED and actor is Actor.PROVIDER


def _is_asked(booking: Booking, actor: Actor) -> bool:
    """Tell whether to call off means to say no: a provider does not cancel what she never took."""
    return booking.status is Status.REQUESTED and actor is Actor.PROVIDER
