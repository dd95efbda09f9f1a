"""When a provider can be met, and where: one function says it for pages, search and bookings.

Hours of a week on the clock of wherever she is, minus dated closings, plus dated openings, and
above all of them "available now". A closing beats an opening; "now" beats both, since she said it
last. `escorts.open_periods` (migrations/0031) says the same in SQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import Tour
from kit.errors import DomainError, Invalid
from kit.intervals import Interval, intersection, subtract, union
from kit.local_time import first_instant, last_instant, local_date, midnight, next_day

MAX_AVAILABLE_NOW = timedelta(hours=12)
MIN_AVAILABLE_NOW = timedelta(minutes=15)
MAX_EXCEPTION_DAYS = 366
"""Days."""
MAX_EXCEPTIONS = 100


@dataclass(frozen=True, slots=True, order=True)
class AvailabilityPlace:
    """Where she is: a city of the directory, by slug, and its time zone."""

    city: str
    zone: str


@dataclass(frozen=True, slots=True)
class ScheduleException:
    """A stretch of time that is other than the week says: open (`opens`), or closed."""

    id: UUID
    is_open: bool
    span: Interval
    zone: str
    """Where the dates and times were meant when she wrote them down."""
    note: str = ""
    """For herself alone."""


@dataclass(frozen=True, slots=True)
class NewScheduleException:
    """Dated hours as she writes them: by date and clock, wherever she will be.

    Without an end, all that is left of the last day; an end at or before the start of the same
    day is the next day's.
    """

    is_open: bool
    first_day: date
    start: time = time()
    last_day: date | None = None
    end: time | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that decides about one provider's time."""

    home: AvailabilityPlace
    rules: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()
    tours: tuple[Tour, ...] = ()
    available_now: Interval | None = None
    """The last "available now": from when she said it until it ends by itself."""
    busy: tuple[Interval, ...] = ()
    """What bookings hold, with the time around them; her own side of it does not say so."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """She can be met at `place` from `start` until just before `end`, both in UTC."""

    start: datetime
    end: datetime
    place: AvailabilityPlace


def open_periods(schedule: Schedule, start: datetime, end: datetime) -> list[Period]:
    """Return when and where she can be met within [start, end), in order.

    Periods of one place neither overlap nor touch. Those of two places may overlap while she is
    on a tour and at home as well.
    """
    window = Interval(start, end)
    opened = [item.span for item in schedule.exceptions if item.is_open]
    closed = [item.span for item in schedule.exceptions if not item.is_open]
    now = [schedule.available_now] if schedule.available_now else []
    found: dict[AvailabilityPlace, list[Interval]] = {}
    for place, presence, rules in _stays(schedule, window):
        weekly = weekly_occurrences(rules, place.zone, window)
        hours = union(subtract(union(weekly, opened), closed), now)
        free = subtract(intersection(hours, presence), schedule.busy)
        found.setdefault(place, []).extend(free)
    return sorted(
        Period(span.start, span.end, place)
        for place, spans in found.items()
        for span in union(spans)
    )


def weekly_occurrences(
    rules: Sequence[WeeklyRule], zone: str, window: Interval
) -> Iterator[Interval]:
    """Yield the hours of a week as they fall around `window`; some may lie outside."""
    # Two days back: hours that began the evening before, and clocks that moved over midnight.
    day = local_date(window.start, zone) - timedelta(days=2)
    last = local_date(window.end, zone)
    while day <= last:
        for rule in rules:
            if rule.weekday == day.isoweekday():
                ends_on = day if rule.end > rule.start else next_day(day)
                yield Interval(
                    first_instant(datetime.combine(day, rule.start), zone),
                    last_instant(datetime.combine(ends_on, rule.end), zone),
                )
        day = next_day(day)


def is_available(
    schedule: Schedule, at: datetime, duration: timedelta, city: str | None = None
) -> bool:
    """Tell whether she can be met from `at` on for `duration`, all of it at one place."""
    return duration > timedelta() and any(
        city in (None, period.place.city) and Interval(period.start, period.end).covers(at, until)
        for until in (at + duration,)
        for period in open_periods(schedule, at, until)
    )


def resolve_exception(
    written: NewScheduleException, schedule: Schedule, identity: UUID
) -> ScheduleException:
    """Return dated hours as instants, in the zone of where she will be on their first day."""
    zone = next(
        (
            tour.zone
            for tour in schedule.tours
            if tour.includes(written.first_day) and not tour.plan.at_home
        ),
        schedule.home.zone,
    )
    start = first_instant(datetime.combine(written.first_day, written.start), zone)
    last_day = written.last_day or written.first_day
    if written.end is None:
        end = midnight(next_day(last_day), zone)
    else:
        if written.last_day is None and written.end <= written.start:
            last_day = next_day(last_day)
        end = last_instant(datetime.combine(last_day, written.end), zone)
    return ScheduleException(identity, written.is_open, Interval(start, end), zone, written.note)


def validate_exception(hours: ScheduleException, now: datetime, path: str = "") -> None:
    """Refuse dated hours that cannot be meant; `path` goes before the names of fields."""
    span = hours.span
    if span.end <= span.start:
        raise Invalid("exception-backwards", "This ends before it begins.", field=f"{path}end")
    if span.end <= now:
        raise Invalid("exception-past", "This is over: choose a later date.", field=f"{path}date")
    if span.end - span.start > timedelta(days=MAX_EXCEPTION_DAYS):
        raise Invalid(
            "exception-too-long", f"Up to {MAX_EXCEPTION_DAYS} days.", field=f"{path}endDate"
        )


def require_no_overlap(
    items: Sequence[Interval],
    code: str,
    sentence: str,
    path: str,
    refusal: type[DomainError] = Invalid,
) -> None:
    """Refuse spans that overlap; the field names the later one."""
    order = sorted(range(len(items)), key=lambda index: items[index])
    for before, after in pairwise(order):
        if items[after].start < items[before].end:
            raise refusal(code, sentence, field=f"{path}.{after}")


def validate_available_now(now: datetime, until: datetime, field: str) -> Interval:
    """Return "available now" from this moment on, or refuse its end."""
    if until < now + MIN_AVAILABLE_NOW or until > now + MAX_AVAILABLE_NOW:
        raise Invalid(
            "now-out-of-bounds",
            "Choose an end between 15 minutes and 12 hours from now.",
            field=field,
        )
    return Interval(now, until)


def _stays(
    schedule: Schedule, window: Interval
) -> Iterable[tuple[AvailabilityPlace, list[Interval], tuple[WeeklyRule, ...]]]:
    away = [tour.span for tour in schedule.tours if not tour.plan.at_home]
    yield schedule.home, subtract([window], away), schedule.rules
    for tour in schedule.tours:
        presence = intersection([window], [tour.span])
        if presence:
            yield (
                AvailabilityPlace(tour.plan.city, tour.zone),
                presence,
                tour.plan.hours or schedule.rules,
            )
