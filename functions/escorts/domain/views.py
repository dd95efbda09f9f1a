"""Profile views: which ones count, and how they are counted without identifying the viewer."""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from escorts.domain import hyperloglog
from kit.errors import Invalid
from kit.i18n import gettext as _

VIEWS_PER_VISITOR = 5
VIEWS_PER_NETWORK = 20
"""Most views counted per network, profile and day; more views do not mean more interest."""
RETENTION = timedelta(days=400)
MAX_PERIOD_DAYS = 400
DEFAULT_PERIOD_DAYS = 30
CATCH_UP = timedelta(days=35)
"""How long counters are kept for the roll-up, in case its schedule stops."""
FINAL_AFTER = timedelta(days=1)
"""Time after which a day is final; until then it is read again, for counts from slow clocks."""
SALT_TTL = timedelta(hours=1)
"""Time after its day at which a salt expires, in case the roll-up did not delete it."""
_DAY = timedelta(days=1)
# Cubot is a phone manufacturer whose name ends in "bot".
_BOT_PATTERN = re.compile(
    r"(?<!cu)bot\b|bot[/_-]|crawl|spider|slurp|preview|headless|phantom|puppeteer|playwright"
    r"|selenium|webdriver|lighthouse|pingdom|uptime|monitor|facebookexternalhit|mediapartners"
    r"|curl|wget|python|httpclient|okhttp|libwww|java/|go-http|node-fetch|axios|postman",
    re.IGNORECASE,
)
_BROWSER_PATTERN = re.compile(r"^(?:Mozilla|Opera)/\d")


@dataclass(frozen=True, slots=True)
class ViewerContext:
    """Request data of a viewer; used while counting the view and never stored."""

    network: str
    user_agent: str = field(repr=False)
    opted_out: bool
    """The browser asks not to be tracked (Sec-GPC, DNT)."""

    @property
    def is_countable(self) -> bool:
        """Tell whether the viewer is a person in a browser that does not opt out of tracking."""
        return (
            not self.opted_out
            and _BROWSER_PATTERN.match(self.user_agent) is not None
            and _BOT_PATTERN.search(self.user_agent) is None
        )


@dataclass(frozen=True, slots=True)
class VisitorMarks:
    """Stored marks of a visitor: per profile, and meaningless without the day's salt."""

    network: str
    """Key of the network's allowance; expires soon after the day."""
    visitor: str
    hll_mark: int
    """HyperLogLog mark; about one visitor in three thousand shares it, so it is anonymous."""


def visitor_marks(salt: bytes, profile_id: UUID, viewer: ViewerContext) -> VisitorMarks:
    """Return the marks of the viewer at this profile on the salt's day."""
    network = _normalize_network(viewer.network)
    digest = _digest(salt, "visitor", profile_id, viewer.network, viewer.user_agent)
    # Disjoint bytes, so that the mark reveals nothing about the allowance key or vice versa.
    return VisitorMarks(
        network=_digest(salt, "network", profile_id, network).hex()[:32],
        visitor=digest[8:16].hex(),
        hll_mark=hyperloglog.register_mark(digest),
    )


@dataclass(frozen=True, slots=True)
class DailyViews:
    """Views and visitors of one profile on one day."""

    day: date
    views: int
    visitors: int


@dataclass(frozen=True, slots=True)
class HourlyViews:
    """Counters of one profile on one day, by hour (UTC)."""

    profile_id: UUID
    views: Mapping[int, int]
    marks: Mapping[int, frozenset[int]]

    def total(self, day: date, hours: int) -> DailyViews | None:
        """Return the sum of the first `hours` of the day, or None if there were no views."""
        views = sum(count for hour, count in self.views.items() if hour < hours)
        if views == 0:
            return None
        marks = {mark for hour, left in self.marks.items() if hour < hours for mark in left}
        return DailyViews(day, views, min(max(hyperloglog.estimate_cardinality(marks), 1), views))


@dataclass(frozen=True, slots=True)
class Period:
    """Range of days, both ends included."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Return each day of the period."""
        return [self.first + _DAY * n for n in range((self.last - self.first).days + 1)]


def resolve_period(first: date | None, last: date | None, today: date) -> Period:
    """Return the requested period, by default the last thirty days; raise `Invalid` if refused."""
    last = last or max(today, first or today)
    try:
        first = first or last - _DAY * (DEFAULT_PERIOD_DAYS - 1)
    except OverflowError:
        first = last
    if first > last:
        raise Invalid("period-reversed", _("The first day is after the last."), field="from")
    if (last - first).days >= MAX_PERIOD_DAYS:
        raise Invalid(
            "period-too-long",
            _("Ask for at most %(count)s days at once.", count=MAX_PERIOD_DAYS),
            field="from",
        )
    return Period(first, last)


def utc_day(moment: datetime) -> date:
    """Return the day (UTC) to which a view belongs, independent of the viewer's time zone."""
    return moment.astimezone(UTC).date()


def end_of_day(day: date) -> datetime:
    """Return the time at which `day` ends."""
    return datetime.combine(day + _DAY, time(), UTC)


def completed_until(day: date, now: datetime) -> datetime:
    """Return the end of the last completed hour of `day`."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return min(max(hour, end_of_day(day) - _DAY), end_of_day(day))


def completed_hours(day: date, now: datetime) -> int:
    """Return the number of completed hours of `day`."""
    return (completed_until(day, now) - (end_of_day(day) - _DAY)) // timedelta(hours=1)


def is_final(day: date, now: datetime) -> bool:
    """Tell whether no more views can be added to `day`."""
    return now >= end_of_day(day) + FINAL_AFTER


def _normalize_network(network: str) -> str:
    """Return the network of one internet connection: an IPv4 address, or a /48 of IPv6."""
    try:
        found = ipaddress.ip_network(network)
    except ValueError:
        return network
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen > 48:
        return str(found.supernet(new_prefix=48))
    return str(found)


def _digest(salt: bytes, *parts: object) -> bytes:
    # No part contains NUL, so that different lists of parts never give the same input.
    return hmac.digest(salt, "\0".join(str(part) for part in parts).encode(), "sha256")
