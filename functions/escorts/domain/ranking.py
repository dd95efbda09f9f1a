"""Who comes first: by what a profile tells, then by turns. Payment is no input to any of this.

Without a chosen order, profiles are ranked by *tier* (how complete and how recent the profile is)
and, within a tier, in the order of a circle on which everyone has a fixed seat. Every day the list
begins somewhere else on the circle. Both the seats and the days step by the golden ratio, which
spreads any number of points as evenly as fixed points can be: gaps between neighbours differ by a
factor of 2.62 at most, so nobody is first much more often than anybody else, and no row is ever
rewritten for it. A day's list is two ranges of the index: from the offset on, then from zero.

`migrations/0030.escorts-search.sql` computes tier and seed by the same rules.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import md5

CIRCLE = 2**30
_FINE = 2**12
STEP = 2_718_142_227_965
"""The circle divided by the golden ratio, in steps so fine that a million of them stay exact."""
TIERS = (2, 1, 0)
COMPLETE_BIO = 120
"""Characters from which on a bio says something."""
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Quality:
    """All that a tier depends on."""

    bio_length: int
    rates: int
    languages: int
    weekly_hours: int
    since_update: timedelta

    @property
    def complete(self) -> bool:
        """Whether a client finds what they need to decide: a bio, prices, languages, hours."""
        return (
            self.bio_length >= COMPLETE_BIO
            and self.rates > 0
            and self.languages > 0
            and self.weekly_hours > 0
        )

    @property
    def recent(self) -> bool:
        """Whether the owner has looked after it lately."""
        return self.since_update < RECENT


def tier(quality: Quality) -> int:
    """Return 2 for a complete and recent profile, 1 for one of the two, else 0."""
    return int(quality.complete) + int(quality.recent)


def seed(city: str, tier_: int, seat: int) -> int:
    """Return the point on the circle of a city's and tier's seat (they count from 1)."""
    phase = int(md5(f"{city}:{tier_}".encode(), usedforsecurity=False).hexdigest()[:7], 16)
    return (phase + _steps(seat)) % CIRCLE


def offset(day: int) -> int:
    """Return where on the circle the list of a day begins."""
    return _steps(day)


def _steps(count: int) -> int:
    return count * STEP % (CIRCLE * _FINE) // _FINE


def turn(seed_: int, day: int) -> int:
    """Return how far behind the day's beginning a point lies; the lowest comes first."""
    return (seed_ - offset(day)) % CIRCLE


def day_of(moment: datetime) -> int:
    """Return the number of the day (UTC): one list for everybody, wherever they look from."""
    return (moment.astimezone(UTC).date() - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True)
class Arc:
    """A part of one tier's circle, as the list of a day walks it: `low` <= seed < `high`."""

    part: int
    tier: int
    low: int
    high: int


def arcs(day: int) -> tuple[Arc, ...]:
    """Return the day's list as ranges: each tier from the offset to the end, then its beginning."""
    start = offset(day)
    ranges = [(item, *span) for item in TIERS for span in ((start, CIRCLE), (0, start))]
    return tuple(Arc(part, *span) for part, span in enumerate(ranges))
