"""Random schedules around clock changes, and a slow reference implementation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from escorts.domain.availability import AvailabilityPlace, Period, Schedule, ScheduleException
from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import NewTour, Tour
from kit.intervals import Interval

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Zones with the local days on which their clocks change: by an hour, by half an hour, at midnight.
ODD_DAYS = {
    "Europe/Berlin": (date(2027, 3, 28), date(2027, 10, 31)),
    "America/New_York": (date(2027, 3, 14), date(2027, 11, 7)),
    "Australia/Lord_Howe": (date(2027, 4, 4), date(2027, 10, 3)),
    "Pacific/Auckland": (date(2027, 4, 4), date(2027, 9, 26)),
    "America/Havana": (date(2027, 3, 14), date(2027, 11, 7)),
    "Asia/Beirut": (date(2027, 3, 28), date(2027, 10, 30)),
}
ZONES = tuple(ODD_DAYS)
CITIES = {zone: zone.rsplit("/", 1)[1].lower().replace("_", "-") for zone in ZONES}


@dataclass(frozen=True)
class Case:
    """Schedule with a window to compute."""

    schedule: Schedule
    window: Interval


# Mostly within the hours in which clocks change.
_times = st.one_of(
    st.builds(time, st.integers(0, 3), st.sampled_from([0, 15, 30, 45, 59])),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a schedule around a clock change, and a window there."""
    zone = draw(st.sampled_from(ZONES))
    odd = draw(st.sampled_from(ODD_DAYS[zone]))
    noon = datetime.combine(odd, time(12), ZoneInfo(zone)).astimezone(UTC)
    moments = st.integers(-2 * 1440, 2 * 1440).map(lambda offset: noon + offset * MINUTE)
    spans = st.tuples(moments, st.integers(1, 1500)).map(
        lambda s: Interval(s[0], s[0] + s[1] * MINUTE)
    )
    days = st.sampled_from([(odd + offset * DAY).isoweekday() for offset in (-1, 0, 1)])
    rules = st.lists(st.builds(WeeklyRule, days, _times, _times), max_size=4).map(tuple)
    schedule = Schedule(
        home=AvailabilityPlace(CITIES[zone], zone),
        rules=draw(rules),
        exceptions=tuple(_dated(draw, spans, zone)),
        tours=tuple(_tours(draw, rules, odd, zone)),
        available_now=draw(st.none() | st.tuples(moments, st.integers(15, 720)).map(_now)),
    )
    around = st.just(Interval(noon - DAY, noon + DAY))
    narrow = spans.filter(lambda span: span.end - span.start > 5 * MINUTE)
    return Case(schedule, draw(st.one_of(around, narrow)))


def _now(drawn: tuple[datetime, int]) -> Interval:
    return Interval(drawn[0], drawn[0] + drawn[1] * MINUTE)


def _dated(
    draw: st.DrawFn, spans: st.SearchStrategy[Interval], zone: str
) -> Iterator[ScheduleException]:
    last: datetime | None = None
    for number, span in enumerate(sorted(draw(st.lists(spans, max_size=3)))):
        if last is None or span.start >= last:  # the database keeps them apart
            last = span.end
            yield ScheduleException(UUID(int=number + 1), draw(st.booleans()), span, zone)


def _tours(
    draw: st.DrawFn, rules: st.SearchStrategy[tuple[WeeklyRule, ...]], odd: date, home: str
) -> Iterator[Tour]:
    first_day, end = odd - 2 * DAY, None
    for number in range(draw(st.integers(0, 2))):
        zone = draw(st.sampled_from([zone for zone in ZONES if zone != home]))
        first_day += draw(st.integers(0, 2)) * DAY
        last_day = first_day + draw(st.integers(0, 2)) * DAY
        plan = NewTour(CITIES[zone], first_day, last_day, draw(st.booleans()), draw(rules))
        tour = Tour(UUID(int=100 + number), zone, plan)
        if end is None or tour.span.start >= end:  # the database keeps them apart
            end = tour.span.end
            yield tour
        first_day = last_day + DAY


class LocalClock:
    """Local clock, read once a minute; no local time is ever computed."""

    def __init__(self, zone: str, around: date) -> None:
        begin = datetime.combine(around - 8 * DAY, time(), UTC)
        info = ZoneInfo(zone)
        minutes = [begin + number * MINUTE for number in range(16 * 1440)]
        self.shown = {at: at.astimezone(info).replace(tzinfo=None) for at in minutes}
        self.first: dict[datetime, datetime] = {}
        self.last: dict[datetime, datetime] = {}
        for at, wall in self.shown.items():
            self.first.setdefault(wall, at)
            self.last[wall] = at
        walls = pairwise(self.shown.values())
        self._skipped = [pair for pair in walls if pair[1] - pair[0] > MINUTE]

    def moved(self, wall: datetime) -> datetime:
        """Return the time, moved forward if it is skipped."""
        for before, after in self._skipped:
            if before < wall < after:
                return wall + (after - before - MINUTE)
        return wall


@cache
def local_clock(zone: str, around: date) -> LocalClock:
    """Return the local clock of a zone for some days around a date."""
    return LocalClock(zone, around)


def minutes_open(case: Case) -> set[tuple[AvailabilityPlace, datetime]]:
    """Return every minute of the window with every place at which the provider can be met."""
    schedule, window = case.schedule, case.window
    every = (day for days in ODD_DAYS.values() for day in days)
    around = min(every, key=lambda day: abs(day - window.start.date()))
    weekly = {
        zone_and_rules: _weekly(*zone_and_rules, around)
        for zone_and_rules in {
            (schedule.home.zone, schedule.rules),
            *((tour.zone, tour.plan.hours or schedule.rules) for tour in schedule.tours),
        }
    }
    found = set()
    at = window.start
    while at < window.end:
        for place, rules in _places(schedule, at, around):
            if _is_open(schedule, at, usual=at in weekly[place.zone, rules]):
                found.add((place, at))
        at += MINUTE
    return found


def _is_open(schedule: Schedule, at: datetime, *, usual: bool) -> bool:
    if (
        schedule.available_now is not None
        and schedule.available_now.start <= at < schedule.available_now.end
    ):
        return True
    dated = [item for item in schedule.exceptions if item.span.start <= at < item.span.end]
    if any(not item.is_open for item in dated):
        return False
    return usual or bool(dated)


def _places(
    schedule: Schedule, at: datetime, around: date
) -> Iterator[tuple[AvailabilityPlace, tuple[WeeklyRule, ...]]]:
    here = [
        tour
        for tour in schedule.tours
        if tour.includes(local_clock(tour.zone, around).shown[at].date())
    ]
    if all(tour.plan.at_home for tour in here):
        yield schedule.home, schedule.rules
    for tour in here:
        yield AvailabilityPlace(tour.plan.city, tour.zone), tour.plan.hours or schedule.rules


def _weekly(zone: str, rules: tuple[WeeklyRule, ...], around: date) -> set[datetime]:
    wall = local_clock(zone, around)
    found = set()
    for day in (around + offset * DAY for offset in range(-6, 6)):
        for rule in rules:
            if rule.weekday != day.isoweekday():
                continue
            ends_on = day if rule.end > rule.start else day + DAY
            at = wall.first[wall.moved(datetime.combine(day, rule.start))]
            end = wall.last[wall.moved(datetime.combine(ends_on, rule.end))]
            while at < end:
                found.add(at)
                at += MINUTE
    return found


def minutes_of(periods: list[Period]) -> set[tuple[AvailabilityPlace, datetime]]:
    """Return the minutes of periods, for comparison."""
    found = set()
    for period in periods:
        at = period.start
        while at < period.end:
            found.add((period.place, at))
            at += MINUTE
    return found
