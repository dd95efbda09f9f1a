"""What bookings say to a book beside their events: the view `bookings.booking_facts_v1`, her own bookings alone."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """Where a booking takes place, and whether it ever was more than a question."""

    time_zone: str
    venue: str
    was_confirmed: bool


def booking_facts(work: UnitOfWork, booking_id: UUID) -> BookingFacts | None:
    """Return what is known of a booking, None where there is no such booking any more."""
    row = work.execute(
        "SELECT time_zone, venue, was_confirmed FROM bookings.booking_facts_v1 WHERE id = %s",
        (booking_id,),
    ).fetchone()
    return BookingFacts(row["time_zone"], row["venue"], row["was_confirmed"]) if row else None
