"""Favourites and saved searches of clients; saved searches can notify of new listings by mail."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

MAX_FAVOURITES = 500
MAX_SAVED_SEARCHES = 20
NOTIFY_AT = time(8)
"""Local time of day at which notifications are sent."""
LOOKBACK = timedelta(days=7)
"""Time for which a listing stays new, also if it was not public when the job last ran."""
MAX_COUNTED = 200
"""Most new listings counted in one run; more are reported as "200 or more"."""


@dataclass(frozen=True, slots=True)
class Favourite:
    """Favourite of a client: the profile and when it was added."""

    profile_id: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """Saved search of a client; `mail_consent_at` is when the client agreed to mails.

    `time_zone` is the city's, or UTC. The client's own time zone takes precedence and is read when
    needed, since the client may change it.
    """

    id: UUID
    name: str
    query: dict[str, Any]
    time_zone: str
    mail_consent_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DueSearch:
    """Saved search whose notification time has come; `time_zone` is that of the next one."""

    id: UUID
    user_id: UUID
    query: dict[str, Any]
    time_zone: str
    since: datetime


def next_notification_time(now: datetime, time_zone: str) -> datetime:
    """Return the first notification time in `time_zone` that is later than `now`."""
    zone = _zone_info(time_zone)
    today = now.astimezone(zone).date()
    times = (
        datetime.combine(today + timedelta(days=days), NOTIFY_AT, zone).astimezone(UTC)
        for days in range(3)
    )
    return next(time for time in times if time > now)


def _zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        # A time zone may be removed from the tz database after the client chose it.
        return ZoneInfo("UTC")
