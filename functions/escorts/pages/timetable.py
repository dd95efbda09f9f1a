"""The coming days of a profile, as a visitor reads them: each period on the clock of where it is."""

from dataclasses import dataclass
from datetime import date, timedelta

from escorts.domain.tours import Tour
from escorts.domain.wallclock import local_date, midnight
from escorts.pages.words import day
from escorts.service.open_hours import Coming, DayPeriod, week_of

_NIGHT = "24:00"
_NAMED = 2
"""Days that have a name of their own."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day: its name, its hours, and where, if that is not home."""

    name: str
    hours: list[str]
    place: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A tour: where and when."""

    city: str
    href: str
    dates: str
    now: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """When and where somebody can be met."""

    days: list[DayRow]
    visits: list[Visit]
    status: str
    zone: str

    @property
    def open(self) -> bool:
        """Whether there is any time at all."""
        return any(row.hours for row in self.days)


def timetable(coming: Coming) -> Timetable:
    """Return the coming week and the tours of the next months."""
    home = coming.schedule.home
    today = local_date(coming.start, home.zone)
    days = [
        DayRow(
            _name(number, row.date),
            [_hours(period) for period in row.periods if period.end > coming.start],
            ", ".join(dict.fromkeys(city.name for city in row.touring)),
        )
        for number, row in enumerate(week_of(coming.schedule, coming.cities, today))
    ]
    visits = [_visit(tour, coming) for tour in coming.tours]
    return Timetable(days, visits, _status(coming), home.zone)


def _name(number: int, on: date) -> str:
    return ("Today", "Tomorrow")[number] if number < _NAMED else day(on)


def _hours(period: DayPeriod) -> str:
    midnight = period.end.hour == period.end.minute == 0 and period.end > period.start
    return f"{period.start:%H:%M}–{_NIGHT if midnight else f'{period.end:%H:%M}'}"  # noqa: RUF001


def _visit(tour: Tour, coming: Coming) -> Visit:
    plan, city = tour.plan, coming.cities[tour.plan.city]
    first, last = day(plan.first_day), day(plan.last_day)
    return Visit(
        city.name,
        f"/city/{city.slug}",
        first if plan.first_day == plan.last_day else f"{first} – {last}",  # noqa: RUF001
        tour.span.start <= coming.start < tour.span.end,
    )


def _status(coming: Coming) -> str:
    """Say the one thing that whoever wants to meet soon looks for."""
    now = coming.start
    if coming.now or any(period.start <= now < period.end for period in coming.periods):
        return "Available now"
    zone = coming.schedule.home.zone
    today = midnight(local_date(now, zone), zone)
    evening, night = today + timedelta(hours=18), today + timedelta(hours=26)
    tonight = any(period.start < night and period.end > evening for period in coming.periods)
    return "Available tonight" if tonight else ""
