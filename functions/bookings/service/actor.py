"""Caller of a use case: one of the two participants, or staff."""

from dataclasses import dataclass
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in account; `staff` only in the staff realm."""

    user_id: UUID
    staff: bool = False

    def actor(self, booking: Booking) -> Actor | None:
        """Return the caller's role in a booking, or None."""
        return booking.actor_of(self.user_id) or (Actor.STAFF if self.staff else None)

    def can_see(self, booking: Booking) -> bool:
        """Tell whether the booking is visible to the caller."""
        return self.actor(booking) is not None
