"""Moves said as the state that one wants, which is how older clients say them."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.states import Actor, Status
from bookings.service.callers import Caller
from bookings.service.deciding import Deciding
from bookings.service.reading import Reading


@dataclass(frozen=True, slots=True)
class ByStatus:
    """Finds the move that leads there; the transition table says whether it is allowed."""

    deciding: Deciding
    reading: Reading

    def move(self, caller: Caller, booking_id: UUID, wanted: Status, reason: str) -> Booking:
        """Make the move. What stands there already stays as it is: repeating is harmless."""
        view = self.reading.one(caller, booking_id)
        booking = view.booking
        if booking.status is wanted:
            return booking
        match wanted:
            case Status.CONFIRMED if booking.status is Status.ACCEPTED:
                return self.deciding.deposit_received(caller, booking_id)
            case Status.ACCEPTED | Status.CONFIRMED:
                return self.deciding.accept(caller, booking_id)
            case Status.DECLINED:
                return self.deciding.decline(caller, booking_id, reason)
            case Status.CANCELLED if _is_asked(booking, view.actor):
                return self.deciding.decline(caller, booking_id, reason)
            case Status.CANCELLED:
                return self.deciding.cancel(caller, booking_id, reason)
            case Status.COMPLETED:
                return self.deciding.complete(caller, booking_id)
            case Status.NO_SHOW:
                return self.deciding.no_show(caller, booking_id)
            case Status.RESCHEDULED:
                return self.deciding.accept_proposal(caller, booking_id)
        raise ValueError(f"nobody asks for {wanted}")


def _is_asked(booking: Booking, actor: Actor) -> bool:
    """Tell whether to call off means to say no: a provider does not cancel what she never took."""
    return booking.status is Status.REQUESTED and actor is Actor.PROVIDER
