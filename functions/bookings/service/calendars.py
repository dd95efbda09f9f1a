"""A provider's calendar: what is open and what is held, for both who look and who ask."""

from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Calendar
from bookings.domain.settings import Provider
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from bookings.repository import Bookings, Directory
from kit.db import UnitOfWork

_AROUND = timedelta(days=1)
"""Farther than any buffer reaches."""


def calendar_around(
    work: UnitOfWork,
    provider: Provider,
    venue: Venue,
    within: Span,
    now: datetime,
    *,
    besides: UUID | None = None,
) -> Calendar:
    """Return all that decides about starts within `within`; one booking may be left out."""
    wide = within.padded(_AROUND, _AROUND)
    preferences = provider.preferences
    return Calendar(
        open=Directory(work).open_periods(provider.escort_id, wide),
        holds=Bookings(work).held(provider.escort_id, wide, now, besides=besides),
        padding=preferences.padding(venue),
        earliest=preferences.earliest(now),
        latest=preferences.latest(now),
    )
