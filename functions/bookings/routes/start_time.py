"""Start time of a proposal, from a request body."""

from datetime import datetime

from bookings.domain.booking import Booking
from bookings.schemas.requests import StartTime
from bookings.service.requests import LocalStart
from kit.local_time import to_utc


def resolve_start(start_time: StartTime, booking: Booking) -> datetime:
    """Return the start; a local date and time are read in the booking's time zone."""
    if start_time.start is None and start_time.date is None and start_time.time is None:
        return booking.period.start
    start = start_time.to_start()
    if isinstance(start, LocalStart):
        return to_utc(start.day, start.at, booking.place.time_zone)
    return start
