"""The coming days of a profile, as a visitor reads them: each period on the clock of where it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escorts.domain.availability import Period
from escorts.domain.search import DEFAULT_MINUTES
from escorts.domain.tours import Tour
from escorts.domain.wallclock import first_instant, local_date, midnight, next_day
from escorts.pages.labels import DayRow, format_date
from escorts.service.public_availability import Coming, whole_periods

DAYS = 7
_NAMES = ("Today", "Tomorrow")
"""Days that have a name of their own."""
_SMALL_HOURS = timedelta(hours=8)
"""What ends so soon after midnight belongs to its evening."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A tour: where and when."""

    city: str
    href: str
    dates: str
    until: str
    now: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """When and where somebody can be met."""

    days: list[DayRow]
    full: bool
    """Whether there is time on each of the days."""
    visits: list[Visit]
    status: str


def timetable(coming: Coming) -> Timetable:
    """Return the coming week and the tours of the next months."""
    home = coming.schedule.home
    today = local_date(coming.start, home.zone)
    rows: dict[tuple[date, str], DayRow] = {}
    for period in whole_periods(coming, DAYS):
        away = period.place.city != home.city
        place = coming.cities[period.place.city].name if away else ""
        for on, start, end in _stretches(period):
            if end <= coming.start or on >= today + timedelta(days=DAYS):
                continue
            row = rows.setdefault((max(on, today), place), DayRow(_name(on, today), place, []))
            row.hours.append(_hours(start, end, begun=on < today))
    days = [rows[key] for key in sorted(rows)]
    visits = [_visit(tour, coming) for tour in coming.tours]
    return Timetable(days, len({on for on, _ in rows}) == DAYS, visits, _status(coming))


def _stretches(period: Period) -> Iterator[tuple[date, datetime, datetime]]:
    """Cut a period into days, there: on which day, from when until when."""
    zone = period.place.zone
    wall = ZoneInfo(zone)
    start = period.start
    while start < period.end:
        on = local_date(start, zone)
        night = midnight(next_day(on), zone)
        end = period.end if period.end <= night + _SMALL_HOURS else night
        yield on, start.astimezone(wall), end.astimezone(wall)
        start = end


def _name(on: date, today: date) -> str:
    number = max(0, (on - today).days)
    return _NAMES[number] if number < len(_NAMES) else format_date(on)


def _hours(start: datetime, end: datetime, *, begun: bool) -> str:
    until = "24:00" if end.time() == time() else f"{end:%H:%M}"
    if begun:
        return f"until {until}"
    if start.time() == end.time() == time():
        return "all day"
    return f"{start:%H:%M}–{until}"  # noqa: RUF001


def _visit(tour: Tour, coming: Coming) -> Visit:
    plan, city = tour.plan, coming.cities[tour.plan.city]
    first, last = format_date(plan.first_day), format_date(plan.last_day)
    return Visit(
        city.name,
        f"/city/{city.slug}",
        first if plan.first_day == plan.last_day else f"{first} – {last}",  # noqa: RUF001
        last,
        tour.span.start <= coming.start < tour.span.end,
    )


def _status(coming: Coming) -> str:
    """Say the one thing that whoever wants to meet soon looks for."""
    for words, holds in (("Available now", _is_now), ("Available tonight", _is_tonight)):
        places = [one.place for one in coming.periods if holds(one, coming.start)]
        if coming.schedule.home in places:
            return words
        if places:
            return f"{words} in {coming.cities[places[0].city].name}"
    return ""


def _is_now(period: Period, now: datetime) -> bool:
    return period.start <= now < period.end


def _is_tonight(period: Period, now: datetime) -> bool:
    """Tell it as the search does: beginning from 18:00 until 02:00, there, for an hour."""
    zone = period.place.zone
    evening = local_date(now - timedelta(hours=2), zone)
    first = first_instant(datetime.combine(evening, time(18)), zone)
    last = first_instant(datetime.combine(next_day(evening), time(2)), zone)
    begin = max(period.start, first, now)
    return begin <= last and begin + timedelta(minutes=DEFAULT_MINUTES) <= period.end
