"""Default ranking of profiles: by tier, then by a fair daily rotation. Payment has no influence.

Without a chosen sort order, profiles are ranked by *tier* (how complete and how recently updated
the profile is) and, within a tier, by their position on a circle. Each profile keeps a fixed slot
on the circle; each day the list starts at another point of the circle. Slots and days both advance
by the golden ratio, which spreads any number of points as evenly as fixed points can be: gaps
between neighbours differ by a factor of 2.62 at most, so no profile is first much more often than
another, and the rotation never rewrites a row. The list of a day is two ranges of the index: from
the daily offset to the end, then from zero.

`migrations/repeatable/070.escorts.search_values.sql` computes tier and slot position by the same rules.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5

CIRCLE_SIZE = 2**30
_SUBSTEPS = 2**12
STEP = 2_718_142_227_965
"""Circle size divided by the golden ratio, in substeps so that a million steps stay exact."""
TIERS = (2, 1, 0)
MIN_COMPLETE_BIO = 120
"""Shortest bio, in characters, that counts as complete."""
RECENT_UPDATE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ProfileQuality:
    """Inputs of a profile's ranking tier."""

    bio_length: int
    rates: int
    languages: int
    weekly_hours: int
    since_update: timedelta

    @property
    def is_complete(self) -> bool:
        """Tell whether the profile has a bio, prices, languages and weekly hours."""
        return (
            self.bio_length >= MIN_COMPLETE_BIO
            and self.rates > 0
            and self.languages > 0
            and self.weekly_hours > 0
        )

    @property
    def is_recent(self) -> bool:
        """Tell whether the owner updated the profile within the last 30 days."""
        return self.since_update < RECENT_UPDATE


def compute_tier(quality: ProfileQuality) -> int:
    """Return 2 for a complete and recent profile, 1 for one of the two, else 0."""
    return int(quality.is_complete) + int(quality.is_recent)


def slot_position(city: str, tier: int, slot: int) -> int:
    """Return the position on the circle of a slot of a city and tier (slots count from 1)."""
    phase = int(md5(f"{city}:{tier}".encode(), usedforsecurity=False).hexdigest()[:7], 16)
    return (phase + _steps(slot)) % CIRCLE_SIZE


def daily_offset(day: int) -> int:
    """Return the position on the circle at which the list of a day starts."""
    return _steps(day)


def _steps(count: int) -> int:
    return count * STEP % (CIRCLE_SIZE * _SUBSTEPS) // _SUBSTEPS


def rotation_distance(position: int, day: int) -> int:
    """Return the distance of a position behind the daily offset; the lowest is listed first."""
    return (position - daily_offset(day)) % CIRCLE_SIZE


def day_number(moment: datetime) -> int:
    """Return the number of the day (UTC), so that all visitors see the same list."""
    return (moment.astimezone(UTC).date() - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True)
class RankingRange:
    """Part of one tier's circle in the list of a day: `low` <= slot position < `high`."""

    part: int
    tier: int
    low: int
    high: int


def daily_ranges(day: int) -> tuple[RankingRange, ...]:
    """Return the ranges of a day's list: per tier from the offset to the end, then from zero."""
    start = daily_offset(day)
    ranges = [(item, *span) for item in TIERS for span in ((start, CIRCLE_SIZE), (0, start))]
    return tuple(RankingRange(part, *span) for part, span in enumerate(ranges))
