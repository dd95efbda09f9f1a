"""Who asks: one of the two sides, or staff."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in; `staff` only in the staff's room."""

    user_id: UUID
    staff: bool = False

    def actor(self, booking: Booking) -> Actor | None:
        """Return what the caller is to a booking, if anything."""
        return booking.side(self.user_id) or (Actor.STAFF if self.staff else None)

    def may_see(self, booking: Booking) -> bool:
        """Tell whether the booking is there for the caller."""
        return self.actor(booking) is not None
