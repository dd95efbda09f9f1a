"""Calendar of a provider: open periods and slot holds, for availability and for requests."""

from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.calendar import Calendar
from bookings.domain.settings import ProviderSettings
from bookings.domain.venue import Venue
from bookings.repository import BookingRepository, DirectoryRepository
from kit.db import UnitOfWork
from kit.intervals import Interval

_MARGIN = timedelta(days=1)
"""More than the longest buffer."""


def load_calendar(
    work: UnitOfWork,
    provider: ProviderSettings,
    venue: Venue,
    within: Interval,
    now: datetime,
    *,
    excluding: UUID | None = None,
) -> Calendar:
    """Return everything that decides about starts in `within`; one booking may be excluded."""
    wide = within.extended(_MARGIN, _MARGIN)
    preferences = provider.settings
    return Calendar(
        open_periods=DirectoryRepository(work).open_periods(provider.profile_id, wide),
        holds=BookingRepository(work).list_held_periods(
            provider.profile_id, wide, now, excluding=excluding
        ),
        buffers=preferences.buffers_for(venue),
        earliest=preferences.earliest_start(now),
        latest=preferences.latest_start(now),
    )
