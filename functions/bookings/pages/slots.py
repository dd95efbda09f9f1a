"""When a meeting may begin, as days and times to choose from, on the clock of where she is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from bookings.domain.calendar import Place, Start
from bookings.domain.spans import Span
from bookings.domain.venue import Venue
from bookings.pages.labels import city, day, zone_name
from bookings.repository.directory import Profile
from bookings.service.requests import LONGEST_LOOK, Requesting
from kit.errors import DomainError, Invalid

DAYS = 7
_MANY = 16
"""More times than this on one day are shown by the half hour, unless all are asked for."""
_PARTS = ((6, "Night"), (12, "Morning"), (18, "Afternoon"), (24, "Evening"))


@dataclass(frozen=True, slots=True)
class Slot:
    """A time to press."""

    value: str
    text: str
    says: str
    """The same with its day, for whoever hears it alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day, at one place."""

    name: str
    slots: list[Slot]


@dataclass(frozen=True, slots=True)
class DayTab:
    """A day of the week that is looked at."""

    value: str
    name: str
    number: str
    says: str
    """What only those hear who do not see the dot."""
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """A week of days, and the times of one of them."""

    days: list[DayTab]
    title: str
    parts: list[Part]
    zone: str
    earlier: str
    later: str
    first: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    profile: Profile
    duration: timedelta
    venue: Venue
    now: datetime
    horizon: int
    """Days."""


def picker(asking: Requesting, wanted: Wanted, since: date | None, chosen: date | None) -> Picker:
    """Return the week from `since` on, or the first one in which there is time."""
    home = wanted.profile.home
    today = wanted.now.astimezone(ZoneInfo(home.zone)).date()
    last = today + timedelta(days=wanted.horizon)
    first = min(max(since or chosen or today, today), last)
    starts = _week(asking, wanted, first)
    if not starts and since is None and chosen is None:
        first = _first_day(asking, wanted, first) or first
        starts = _week(asking, wanted, first)
    by_day: dict[date, list[Start]] = {}
    for start in starts:
        by_day.setdefault(local(start).date(), []).append(start)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    if chosen not in days:
        chosen = next((one for one in days if by_day.get(one)), first)
    shown = by_day.get(chosen, [])
    return Picker(
        days=[_tab(one, len(by_day.get(one, ())), chosen=one == chosen) for one in days],
        title=day(chosen),
        parts=_parts(shown, home),
        zone=zone_name(shown[0].place.zone if shown else home.zone),
        earlier=_iso(max(today, first - timedelta(days=DAYS))) if first > today else "",
        later=_iso(days[-1] + timedelta(days=1)) if days[-1] < last else "",
        first=_iso(first),
    )


def next_ones(
    asking: Requesting, wanted: Wanted, after: datetime, most: int = 6
) -> list[tuple[Start, Slot]]:
    """Return the next free times from `after` on, half an hour apart, best for this very evening."""
    within = Span(after - timedelta(hours=3), after + timedelta(days=10))
    try:
        starts = asking.availability(
            wanted.profile.escort_id, within, wanted.duration, wanted.venue
        )
    except DomainError:
        return []
    found = [start for start in starts if start.at != after and not local(start).minute % 30]
    nearest = sorted(found, key=lambda start: (abs(start.at - after), start.at))[:most]
    return [(start, slot(start)) for start in sorted(nearest)]


def free_start(
    asking: Requesting, wanted: Wanted, at: datetime, in_city: str | None
) -> Start | None:
    """Return the beginning at this moment, if there is one (in that city)."""
    within = Span(at, at + timedelta(minutes=1))
    found = asking.availability(wanted.profile.escort_id, within, wanted.duration, wanted.venue)
    return next((one for one in found if in_city in (None, one.place.city)), None)


def local(start: Start) -> datetime:
    """Return it on the clock of where it is."""
    return start.at.astimezone(ZoneInfo(start.place.zone))


def slot(start: Start) -> Slot:
    """Return a time to press, with its day."""
    wall = local(start)
    says = f"{day(wall.date())}, {wall:%H:%M}"
    return Slot(_value(start), f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}", says)


def moment_of(text: str) -> datetime:
    """Return the moment of a time to press."""
    missing = Invalid("start-missing", "Choose a time.", field="start")
    try:
        at = datetime.fromisoformat(text.partition("@")[0])
    except ValueError:
        raise missing from None
    if at.tzinfo is None:
        raise missing
    return at


def _week(asking: Requesting, wanted: Wanted, first: date) -> list[Start]:
    begin = _midnight(first, wanted)
    end = _midnight(first + timedelta(days=DAYS), wanted)
    found = asking.availability(
        wanted.profile.escort_id, Span(begin, end), wanted.duration, wanted.venue
    )
    days = {first + timedelta(days=number) for number in range(DAYS)}
    return [start for start in found if local(start).date() in days]


def _first_day(asking: Requesting, wanted: Wanted, first: date) -> date | None:
    begin = _midnight(first, wanted)
    length = min(LONGEST_LOOK, timedelta(days=wanted.horizon + 1))
    found = asking.availability(
        wanted.profile.escort_id, Span(begin, begin + length), wanted.duration, wanted.venue
    )
    return local(found[0]).date() if found else None


def _midnight(on: date, wanted: Wanted) -> datetime:
    # In UTC: sums on a wall clock miss an hour on the nights when clocks move.
    return datetime.combine(on, time(), ZoneInfo(wanted.profile.home.zone)).astimezone(UTC)


def _tab(on: date, count: int, *, chosen: bool) -> DayTab:
    times = {0: "no time", 1: "1 time"}.get(count, f"{count} times")
    return DayTab(_iso(on), f"{on:%a}", str(on.day), f" {on:%B}: {times}", count, chosen)


def _parts(starts: Sequence[Start], home: Place) -> list[Part]:
    many = len(starts) > _MANY
    shown = [start for start in starts if not many or local(start).minute in (0, 30)]
    found = []
    ordered = sorted(shown, key=lambda start: (start.place, start.at))
    for (place, name), group in groupby(ordered, key=lambda start: (start.place, _part(start))):
        where = "" if place.city == home.city else f" in {city(place.city)}"
        slots = [Slot(_value(start), f"{local(start):%H:%M}", slot(start).says) for start in group]
        found.append(Part(name + where, slots))
    return found


def _value(start: Start) -> str:
    # On tour one moment may be open in two cities: the form says which one was meant.
    return f"{start.at.isoformat()}@{start.place.city}"


def _part(start: Start) -> str:
    return next(name for until, name in _PARTS if local(start).hour < until)


def _iso(on: date) -> str:
    return on.isoformat()
