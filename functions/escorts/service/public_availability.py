"""What the public, its pages and bookings ask about a provider's time; all of it passes the gate."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from escorts.domain.availability import Period, Schedule, is_available, open_periods
from escorts.domain.profiles import City
from escorts.domain.tours import Tour
from escorts.domain.wallclock import local_date, midnight, next_day
from escorts.repository import public_directory
from escorts.repository.availability import Availability
from escorts.service.public_profiles import profile_not_found
from kit.clock import Clock
from kit.db import UnitOfWork

COMING = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Coming:
    """A profile's coming days, where the directory may show it."""

    schedule: Schedule
    start: datetime
    end: datetime
    periods: list[Period]
    tours: list[Tour]
    cities: dict[str, City]
    now: bool


@dataclass(frozen=True, slots=True)
class DayPeriod:
    """The part of a period that falls on one day; times as a wall there shows them."""

    start: datetime
    end: datetime
    city: City


@dataclass(frozen=True, slots=True)
class Day:
    """A row of the week's view."""

    date: date
    periods: list[DayPeriod]
    touring: list[City]
    """Cities that are visited on this day."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The public side of a provider's time, on one transaction."""

    work: UnitOfWork
    now: Clock

    def coming(self, profile_id: UUID) -> Coming:
        """Return the coming fourteen days."""
        schedule, cities = self._shown(profile_id)
        start = self.now().replace(second=0, microsecond=0)
        end = start + COMING
        tours = [tour for tour in schedule.tours if tour.span.end > start]
        return Coming(
            schedule=schedule,
            start=start,
            end=end,
            periods=_listed(open_periods(schedule, start, end), cities),
            tours=[tour for tour in tours if cities[tour.plan.city].listed],
            cities=cities,
            now=schedule.now is not None
            and schedule.now.end > self.now()
            and not any(span.start <= start < span.end for span in schedule.taken),
        )

    def week(self, profile_id: UUID, monday: date) -> list[Day]:
        """Return seven rows from `monday` on; each period stands on the days it has there."""
        schedule, cities = self._shown(profile_id)
        return week_of(schedule, cities, monday)

    def is_available(
        self, profile_id: UUID, at: datetime, duration: timedelta, city: str | None = None
    ) -> bool:
        """Tell whether a public profile can be met from `at` on for `duration`."""
        schedule, cities = self._shown(profile_id)
        places = [city] if city else [slug for slug, one in cities.items() if one.listed]
        return any(is_available(schedule, at, duration, place) for place in places)

    def _shown(self, profile_id: UUID) -> tuple[Schedule, dict[str, City]]:
        with public_directory(self.work) as directory:
            schedule = Availability(self.work).public_schedule(profile_id)
            cities = directory.cities()
        if schedule is None:
            raise profile_not_found()
        return schedule, {city.slug: city for city in cities}


def week_of(schedule: Schedule, cities: dict[str, City], monday: date) -> list[Day]:
    """Return the week of any schedule; for a provider's own pages as well."""
    days = [monday + timedelta(days=number) for number in range(7)]
    # A day begins and ends elsewhere on the globe up to a day earlier or later.
    around = timedelta(days=1)
    start = midnight(monday, "UTC") - around
    periods = _listed(open_periods(schedule, start, start + timedelta(days=9)), cities)
    return [
        Day(
            day,
            [part for period in periods for part in _on(period, day, cities)],
            [cities[tour.plan.city] for tour in schedule.tours if tour.includes(day)],
        )
        for day in days
    ]


def whole_periods(coming: Coming, days: int) -> list[Period]:
    """Return what is left of the next days, each period from its own beginning, were it yesterday."""
    around = timedelta(days=1)
    end = coming.start + timedelta(days=days) + around
    periods = open_periods(coming.schedule, coming.start - around, end)
    return [period for period in _listed(periods, coming.cities) if period.end > coming.start]


def _on(period: Period, day: date, cities: dict[str, City]) -> list[DayPeriod]:
    zone = period.place.zone
    if not local_date(period.start, zone) <= day <= local_date(period.end, zone):
        return []
    start = max(period.start, midnight(day, zone))
    end = min(period.end, midnight(next_day(day), zone))
    if start >= end:
        return []
    wall = ZoneInfo(zone)
    return [DayPeriod(start.astimezone(wall), end.astimezone(wall), cities[period.place.city])]


def _listed(periods: list[Period], cities: dict[str, City]) -> list[Period]:
    """Leave out where the law does not let us list anybody, home included."""
    return [period for period in periods if cities[period.place.city].listed]
