"""View `bookings.booking_facts_v1`: facts of the provider's own bookings that their events do not carry."""

from dataclasses import dataclass
from uuid import UUID

from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """Place of a booking, and whether it was ever confirmed."""

    time_zone: str
    venue: str
    was_confirmed: bool


def booking_facts(work: UnitOfWork, booking_id: UUID) -> BookingFacts | None:
    """Return the facts of a booking, None if it was deleted."""
    row = work.execute(
        "SELECT time_zone, venue, was_confirmed FROM bookings.booking_facts_v1 WHERE id = %s",
        (booking_id,),
    ).fetchone()
    return BookingFacts(row["time_zone"], row["venue"], row["was_confirmed"]) if row else None
