"""Schedule expressions of EventBridge: `rate(...)`, `cron(...)` and `at(...)`.

AWS's cron dialect (six fields with a year, `?`, `L`, `W`, `#`, days of the week from 1 = Sunday)
differs from every other cron, so it is implemented here. Daylight saving as in EventBridge
Scheduler: a skipped local time does not run, a repeated one runs once.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ["ExpressionError", "Timetable", "parse"]

_UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEARS_AHEAD = 12  # longer than any gap between leap days on one weekday


class ExpressionError(ValueError):
    """Error: EventBridge would refuse the expression."""


class Timetable(Protocol):
    """Run times of a schedule."""

    def next(self, after: datetime) -> datetime | None:
        """Return the first run after an aware time, in UTC, or None."""


def parse(expression: str, timezone: str = "UTC") -> Timetable:
    """Return the timetable of a schedule expression."""
    found = re.fullmatch(r"(rate|cron|at)\((.+)\)", expression.strip())
    if not found:
        raise ExpressionError(f"{expression!r} is not rate(...), cron(...) or at(...)")
    kind, argument = found.groups()
    try:
        zone = ZoneInfo(timezone)
        if kind == "rate":
            return _rate(argument)
        return _at(argument, zone) if kind == "at" else _cron(argument, zone)
    except (ValueError, KeyError) as error:
        raise ExpressionError(f"{expression!r} ({timezone}): {error}") from error


@dataclass(frozen=True)
class _Rate:
    interval: timedelta

    def next(self, after: datetime) -> datetime | None:
        return after.astimezone(UTC) + self.interval


@dataclass(frozen=True)
class _At:
    moment: datetime

    def next(self, after: datetime) -> datetime | None:
        return self.moment if self.moment > after else None


@dataclass(frozen=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    runs_on: Callable[[date], bool]
    months: frozenset[int]
    years: frozenset[int]
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime | None:
        local = after.astimezone(self.zone)
        for day in self._days(local.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    run = datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)
                    if run > after and self._exists(run, hour, minute):
                        return run
        return None

    def _days(self, first: date) -> Iterator[date]:
        day = first
        while day.year <= first.year + _YEARS_AHEAD:
            if day.year not in self.years or day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
                continue
            if self.runs_on(day):
                yield day
            day += timedelta(days=1)

    def _exists(self, run: datetime, hour: int, minute: int) -> bool:
        """Tell whether the local time exists: a skipped one becomes another time when converted to UTC and back."""
        back = run.astimezone(self.zone)
        return (back.hour, back.minute) == (hour, minute)


def _rate(argument: str) -> _Rate:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)s?", argument)
    if not found:
        raise ValueError("a rate is a positive number and minutes, hours or days")
    value, unit = found.groups()
    return _Rate(timedelta(seconds=int(value) * _UNITS[unit]))


def _at(argument: str, zone: ZoneInfo) -> _At:
    return _At(datetime.fromisoformat(argument).replace(tzinfo=zone).astimezone(UTC))


def _cron(argument: str, zone: ZoneInfo) -> _Cron:
    fields = argument.upper().split()
    if len(fields) != 6:
        raise ValueError("cron has six fields: minutes hours day-of-month month day-of-week year")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week is ?")
    upper_months = {name.upper(): number for name, number in _MONTHS.items()}
    return _Cron(
        minutes=tuple(sorted(_numbers(minutes, 0, 59))),
        hours=tuple(sorted(_numbers(hours, 0, 23))),
        runs_on=_any_of(weekdays, _weekday) if days == "?" else _any_of(days, _day_of_month),
        months=frozenset(_numbers(months, 1, 12, upper_months)),
        years=frozenset(_numbers(years, 1970, 2199)),
        zone=zone,
    )


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    known = names or {}

    def number(text: str) -> int:
        value = known[text] if text in known else int(text)
        if not low <= value <= high:
            raise ValueError(f"{text} is not between {low} and {high}")
        return value

    result: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = number(first)
            end = number(last) if last else (high if step else start)
        if start > end or (step and int(step) < 1):
            raise ValueError(f"{part} is empty")
        result |= set(range(start, end + 1, int(step or 1)))
    return result


def _any_of(field: str, rule: Callable[[str], Callable[[date], bool]]) -> Callable[[date], bool]:
    rules = [rule(part) for part in field.split(",")]
    return lambda day: any(accepts(day) for accepts in rules)


def _day_of_month(part: str) -> Callable[[date], bool]:
    if part == "L":
        return lambda day: day.day == _length(day)
    if part == "LW":
        return lambda day: day.day == _nearest_weekday(day, _length(day))
    if part.endswith("W"):
        (wanted,) = _numbers(part[:-1], 1, 31)
        return lambda day: wanted <= _length(day) and day.day == _nearest_weekday(day, wanted)
    days = _numbers(part, 1, 31)
    return lambda day: day.day in days


def _weekday(part: str) -> Callable[[date], bool]:
    names = {name: number for number, name in enumerate(_WEEKDAYS, start=1)}
    name, hashed, nth = part.partition("#")
    if hashed:
        (wanted,) = _numbers(name, 1, 7, names)
        (count,) = _numbers(nth, 1, 5)
        return lambda day: _aws_weekday(day) == wanted and (day.day + 6) // 7 == count
    if part.endswith("L"):
        wanted = next(iter(_numbers(part[:-1] or "7", 1, 7, names)))
        return lambda day: _aws_weekday(day) == wanted and day.day + 7 > _length(day)
    days = _numbers(part, 1, 7, names)
    return lambda day: _aws_weekday(day) in days


def _aws_weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(month: date, wanted: int) -> int:
    """Return the working day nearest to a day, within its month."""
    weekday = month.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < _length(month) else wanted - 2
    return wanted
