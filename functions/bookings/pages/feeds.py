"""The address of somebody's calendar, for the calendars that people have already."""

from bookings import settings


def feed_address(token: str) -> str:
    """Return where the calendar behind a secret is."""
    return f"{settings.public_origin()}/api/v1/bookings/feed/{token}.ics"
