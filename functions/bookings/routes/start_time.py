"""When another time begins, as somebody says it."""

from datetime import datetime

from bookings.domain.booking import Booking
from bookings.domain.moments import instant
from bookings.schemas.requests import When
from bookings.service.requests import LocalStart


def start_of(said: When, booking: Booking) -> datetime:
    """Return the instant; a date and a clock are read where the booking is, and stay if unsaid."""
    if said.start is None and said.date is None and said.time is None:
        return booking.span.start
    start = said.to_start()
    if isinstance(start, LocalStart):
        return instant(start.day, start.at, booking.place.zone)
    return start
