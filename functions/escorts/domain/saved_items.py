"""What clients keep: favourites, and searches that write to them when somebody new is there."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

MOST_FAVOURITES = 500
MOST_SEARCHES = 20
MORNING = time(8)
"""When people are told, by their own clock."""
MISSED = timedelta(days=7)
"""So long after arriving, somebody who was away at the time of looking is still news."""
TOLD = 200
"""Newcomers that one look counts; more are "200 or more"."""


@dataclass(frozen=True, slots=True)
class Favourite:
    """Whom somebody keeps, and since when."""

    profile_id: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that somebody keeps; `mail_consent_at` is when they asked to be written to.

    `zone` is the city's, or UTC: the person's own comes first, but is theirs to change.
    """

    id: UUID
    name: str
    query: dict[str, Any]
    zone: str
    mail_consent_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DueSearch:
    """A search whose owner's morning has come; `zone` is where it comes next."""

    id: UUID
    user_id: UUID
    query: dict[str, Any]
    zone: str
    since: datetime


def next_morning(now: datetime, zone: str) -> datetime:
    """Return the next time that it is morning in `zone`, later than `now`."""
    place = _place(zone)
    today = now.astimezone(place).date()
    mornings = (
        datetime.combine(today + timedelta(days=days), MORNING, place).astimezone(UTC)
        for days in range(3)
    )
    return next(morning for morning in mornings if morning > now)


def _place(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        # A name that was good when it was chosen may leave the world's list; a day stays a day.
        return ZoneInfo("UTC")
