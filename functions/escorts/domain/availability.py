"""Availability of a provider: one function answers when and where, for pages, search and bookings.

Weekly hours on the local clock of the place, minus closed exceptions, plus open exceptions, plus "available
now".
A closed exception wins over an open one; "available now" wins over both, because the provider said it last.
`escorts.open_periods` (`migrations/repeatable/060.escorts.open_periods.sql`) computes the same in SQL.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from escorts.domain.offer import WeeklyRule
from escorts.domain.tours import Tour
from kit.errors import DomainError, Invalid
from kit.i18n import gettext as _
from kit.intervals import Interval, intersection, subtract, union
from kit.local_time import first_instant, last_instant, local_date, midnight, next_day

MAX_AVAILABLE_NOW = timedelta(hours=12)
MIN_AVAILABLE_NOW = timedelta(minutes=15)
MAX_EXCEPTION_DAYS = 366
"""Longest exception, in days."""
MAX_EXCEPTIONS = 100


@dataclass(frozen=True, slots=True, order=True)
class AvailabilityPlace:
    """City of the directory, by slug, with its time zone."""

    city: str
    zone: str


@dataclass(frozen=True, slots=True)
class ScheduleException:
    """Dated stretch of time that differs from the weekly hours: open (`is_open`) or closed."""

    id: UUID
    is_open: bool
    span: Interval
    zone: str
    """Time zone in which the dates and times were entered."""
    note: str = ""
    """Private note of the provider."""


@dataclass(frozen=True, slots=True)
class NewScheduleException:
    """Exception as the provider enters it: by date and local time, wherever the provider is on that day.

    Without an end it lasts until the end of the last day; an end at or before the start of the same day is on
    the next
    day.
    """

    is_open: bool
    first_day: date
    start: time = time()
    last_day: date | None = None
    end: time | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that decides about one provider's availability."""

    home: AvailabilityPlace
    rules: tuple[WeeklyRule, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()
    tours: tuple[Tour, ...] = ()
    available_now: Interval | None = None
    """Latest "available now": from the moment of the click until its end."""
    busy: tuple[Interval, ...] = ()
    """Time held by bookings, with their buffers; empty in the provider's own view."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Time in which the provider can be met at `place`: from `start` until just before `end`, both in UTC."""

    start: datetime
    end: datetime
    place: AvailabilityPlace


def open_periods(schedule: Schedule, start: datetime, end: datetime) -> list[Period]:
    """Return when and where the provider can be met within [start, end), in order.

    Periods of one place neither overlap nor touch. Periods of two places may overlap when a tour also allows
    meetings at
    home.
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
    """Yield the weekly hours as intervals around `window`; some may lie outside."""
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
    """Tell whether the provider can be met from `at` for `duration`, all of it at one place."""
    return duration > timedelta() and any(
        city in (None, period.place.city) and Interval(period.start, period.end).covers(at, until)
        for until in (at + duration,)
        for period in open_periods(schedule, at, until)
    )


def resolve_exception(
    new: NewScheduleException, schedule: Schedule, exception_id: UUID
) -> ScheduleException:
    """Return the exception as an interval, in the zone of the provider's city on its first day."""
    zone = next(
        (
            tour.zone
            for tour in schedule.tours
            if tour.includes(new.first_day) and not tour.plan.at_home
        ),
        schedule.home.zone,
    )
    start = first_instant(datetime.combine(new.first_day, new.start), zone)
    last_day = new.last_day or new.first_day
    if new.end is None:
        end = midnight(next_day(last_day), zone)
    else:
        if new.last_day is None and new.end <= new.start:
            last_day = next_day(last_day)
        end = last_instant(datetime.combine(last_day, new.end), zone)
    return ScheduleException(exception_id, new.is_open, Interval(start, end), zone, new.note)


def validate_exception(exception: ScheduleException, now: datetime, path: str = "") -> None:
    """Refuse an exception that is backwards, past or too long; `path` is a prefix of the field names."""
    span = exception.span
    if span.end <= span.start:
        raise Invalid("exception-backwards", _("This ends before it begins."), field=f"{path}end")
    if span.end <= now:
        raise Invalid(
            "exception-past",
            _("This date is in the past: choose a later one."),
            field=f"{path}date",
        )
    if span.end - span.start > timedelta(days=MAX_EXCEPTION_DAYS):
        raise Invalid(
            "exception-too-long",
            _("Up to %(count)s days.", count=MAX_EXCEPTION_DAYS),
            field=f"{path}endDate",
        )


def require_no_overlap(
    items: Sequence[Interval],
    code: str,
    message: str,
    path: str,
    error: type[DomainError] = Invalid,
) -> None:
    """Refuse intervals that overlap; the error's field names the later one."""
    order = sorted(range(len(items)), key=lambda index: items[index])
    for before, after in pairwise(order):
        if items[after].start < items[before].end:
            raise error(code, message, field=f"{path}.{after}")


def validate_available_now(now: datetime, until: datetime, field: str) -> Interval:
    """Return "available now" from `now` on, or refuse its end."""
    if until < now + MIN_AVAILABLE_NOW or until > now + MAX_AVAILABLE_NOW:
        raise Invalid(
            "now-out-of-bounds",
            _("Choose an end between 15 minutes and 12 hours from now."),
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
