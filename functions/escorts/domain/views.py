"""Views of profiles: which ones count, how often, and what is known of who looked (nothing)."""

import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from escorts.domain import hyperloglog
from kit.errors import Invalid

VIEWS_PER_VISITOR = 5
VIEWS_PER_NETWORK = 20
"""Of one profile on one day: more from there is not more interest."""
KEPT = timedelta(days=400)
LONGEST_PERIOD = 400
USUAL_PERIOD = 30
CATCH_UP = timedelta(days=35)
"""How long counters wait for the roll-up, should its schedule rest."""
SETTLES_AFTER = timedelta(days=1)
"""Until then a day is read again, for counts that came from a clock running late."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""After its day a salt expires by itself, should nobody come to destroy it."""
_DAY = timedelta(days=1)
# "bot" also ends the name of a maker of phones, Cubot.
_PROGRAMS = re.compile(
    r"(?<!cu)bot\b|bot[/_-]|crawl|spider|slurp|preview|headless|phantom|puppeteer|playwright"
    r"|selenium|webdriver|lighthouse|pingdom|uptime|monitor|facebookexternalhit|mediapartners"
    r"|curl|wget|python|httpclient|okhttp|libwww|java/|go-http|node-fetch|axios|postman",
    re.IGNORECASE,
)
_BROWSER = re.compile(r"^(?:Mozilla|Opera)/\d")


@dataclass(frozen=True, slots=True)
class Onlooker:
    """What a request shows of who looks; used for a moment and never stored."""

    network: str
    user_agent: str = field(repr=False)
    objects: bool
    """The browser asks not to be tracked (Sec-GPC, DNT)."""

    @property
    def counts(self) -> bool:
        """Tell whether this is a person in a browser who does not mind being counted."""
        return (
            not self.objects
            and _BROWSER.match(self.user_agent) is not None
            and _PROGRAMS.search(self.user_agent) is None
        )


@dataclass(frozen=True, slots=True)
class Traces:
    """What is kept of an onlooker: meaningless without the day's salt, and of this profile only."""

    network: str
    """Names the allowance of a network; forgotten soon after the day."""
    visitor: str
    mark: int
    """One visitor in some three thousand leaves the same one, so it names nobody."""


def traces(salt: bytes, profile_id: UUID, onlooker: Onlooker) -> Traces:
    """Return what the onlooker leaves behind at this profile on the salt's day."""
    network = _household(onlooker.network)
    seen = _digest(salt, "visitor", profile_id, onlooker.network, onlooker.user_agent)
    # Apart from each other: the mark says nothing about the allowance, nor the other way round.
    return Traces(
        network=_digest(salt, "network", profile_id, network).hex()[:32],
        visitor=seen[8:16].hex(),
        mark=hyperloglog.mark_of(seen),
    )


@dataclass(frozen=True, slots=True)
class DayViews:
    """Views of one profile on one day."""

    day: date
    views: int
    visitors: int


@dataclass(frozen=True, slots=True)
class HourlyViews:
    """What was counted at one profile on one day, by the hour (UTC)."""

    profile_id: UUID
    views: Mapping[int, int]
    marks: Mapping[int, frozenset[int]]

    def total(self, day: date, hours: int) -> DayViews | None:
        """Return the first `hours` of the day together; None before anybody looked."""
        views = sum(count for hour, count in self.views.items() if hour < hours)
        if views == 0:
            return None
        marks = {mark for hour, left in self.marks.items() if hour < hours for mark in left}
        return DayViews(day, views, min(max(hyperloglog.estimate(marks), 1), views))


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Return each day."""
        return [self.first + _DAY * n for n in range((self.last - self.first).days + 1)]


def period(first: date | None, last: date | None, today: date) -> Period:
    """Return the asked-for days, usually the last thirty, or refuse them by name."""
    last = last or max(today, first or today)
    try:
        first = first or last - _DAY * (USUAL_PERIOD - 1)
    except OverflowError:
        first = last
    if first > last:
        raise Invalid("period-turned-round", "The first day is after the last.", field="from")
    if (last - first).days >= LONGEST_PERIOD:
        raise Invalid(
            "period-too-long", f"Ask for at most {LONGEST_PERIOD} days at once.", field="from"
        )
    return Period(first, last)


def day_of(moment: datetime) -> date:
    """Return the day (UTC) that a view belongs to: days of the count are the same everywhere."""
    return moment.astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """Return the moment at which `day` is over."""
    return datetime.combine(day + _DAY, time(), UTC)


def closed_until(day: date, now: datetime) -> datetime:
    """Return the end of the last hour of `day` that is over."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return min(max(hour, end_of(day) - _DAY), end_of(day))


def closed_hours(day: date, now: datetime) -> int:
    """Return how many hours of `day` are over."""
    return (closed_until(day, now) - (end_of(day) - _DAY)) // timedelta(hours=1)


def is_settled(day: date, now: datetime) -> bool:
    """Tell whether nothing can be added to `day` any more."""
    return now >= end_of(day) + SETTLES_AFTER


def _household(network: str) -> str:
    """Return what one connection to the internet has: an IPv4 address, or up to a /48 of IPv6."""
    try:
        found = ipaddress.ip_network(network)
    except ValueError:
        return network
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen > 48:
        return str(found.supernet(new_prefix=48))
    return str(found)


def _digest(salt: bytes, *parts: object) -> bytes:
    # A NUL is in none of the parts, so that two lists of parts never read the same.
    return hmac.digest(salt, "\0".join(str(part) for part in parts).encode(), "sha256")
