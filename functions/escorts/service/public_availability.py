"""Public availability of a provider, for visitors, pages and bookings, read through the visibility view."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from escorts.domain.availability import Period, Schedule, is_available, open_periods
from escorts.domain.profiles import City
from escorts.domain.tours import Tour
from escorts.repository import public_directory
from escorts.repository.availability import AvailabilityRepository
from escorts.service.public_profiles import profile_not_found
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.local_time import local_date, midnight, next_day

LOOKAHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class UpcomingAvailability:
    """Availability of a profile in the next days, in cities where it may be listed."""

    schedule: Schedule
    start: datetime
    end: datetime
    periods: list[Period]
    tours: list[Tour]
    cities: dict[str, City]
    available_now: bool


@dataclass(frozen=True, slots=True)
class DayPeriod:
    """Part of a period that falls on one day, in the city's local time."""

    start: datetime
    end: datetime
    city: City


@dataclass(frozen=True, slots=True)
class ScheduleDay:
    """One day of the weekly view."""

    date: date
    periods: list[DayPeriod]
    touring: list[City]
    """Cities that are visited on this day."""


@dataclass(frozen=True, slots=True)
class PublicAvailabilityService:
    """Service for public availability, on one transaction."""

    work: UnitOfWork
    now: Clock

    def upcoming(self, profile_id: UUID) -> UpcomingAvailability:
        """Return the next fourteen days."""
        schedule, cities = self._public_schedule(profile_id)
        start = self.now().replace(second=0, microsecond=0)
        end = start + LOOKAHEAD
        tours = [tour for tour in schedule.tours if tour.span.end > start]
        return UpcomingAvailability(
            schedule=schedule,
            start=start,
            end=end,
            periods=_in_listed_cities(open_periods(schedule, start, end), cities),
            tours=[tour for tour in tours if cities[tour.plan.city].listed],
            cities=cities,
            available_now=schedule.available_now is not None
            and schedule.available_now.end > self.now()
            and not any(span.start <= start < span.end for span in schedule.busy),
        )

    def week(self, profile_id: UUID, monday: date) -> list[ScheduleDay]:
        """Return the seven days from `monday` on, each with the periods that fall on it."""
        schedule, cities = self._public_schedule(profile_id)
        return schedule_week(schedule, cities, monday)

    def is_available(
        self, profile_id: UUID, at: datetime, duration: timedelta, city: str | None = None
    ) -> bool:
        """Tell whether a public profile can be met from `at` for `duration`."""
        schedule, cities = self._public_schedule(profile_id)
        places = [city] if city else [slug for slug, one in cities.items() if one.listed]
        return any(is_available(schedule, at, duration, place) for place in places)

    def _public_schedule(self, profile_id: UUID) -> tuple[Schedule, dict[str, City]]:
        with public_directory(self.work) as directory:
            schedule = AvailabilityRepository(self.work).get_public_schedule(profile_id)
            cities = directory.cities()
        if schedule is None:
            raise profile_not_found()
        return schedule, {city.slug: city for city in cities}


def schedule_week(schedule: Schedule, cities: dict[str, City], monday: date) -> list[ScheduleDay]:
    """Return the week of any schedule, also for the provider's own pages."""
    days = [monday + timedelta(days=number) for number in range(7)]
    # A day begins and ends elsewhere on the globe up to a day earlier or later.
    around = timedelta(days=1)
    start = midnight(monday, "UTC") - around
    periods = _in_listed_cities(open_periods(schedule, start, start + timedelta(days=9)), cities)
    return [
        ScheduleDay(
            day,
            [part for period in periods for part in _periods_on(period, day, cities)],
            [cities[tour.plan.city] for tour in schedule.tours if tour.includes(day)],
        )
        for day in days
    ]


def whole_periods(coming: UpcomingAvailability, days: int) -> list[Period]:
    """Return the periods that are left of the next days, each from its own start, even if that was yesterday."""
    around = timedelta(days=1)
    end = coming.start + timedelta(days=days) + around
    periods = open_periods(coming.schedule, coming.start - around, end)
    return [
        period for period in _in_listed_cities(periods, coming.cities) if period.end > coming.start
    ]


def _periods_on(period: Period, day: date, cities: dict[str, City]) -> list[DayPeriod]:
    zone = period.place.zone
    if not local_date(period.start, zone) <= day <= local_date(period.end, zone):
        return []
    start = max(period.start, midnight(day, zone))
    end = min(period.end, midnight(next_day(day), zone))
    if start >= end:
        return []
    wall = ZoneInfo(zone)
    return [DayPeriod(start.astimezone(wall), end.astimezone(wall), cities[period.place.city])]


def _in_listed_cities(periods: list[Period], cities: dict[str, City]) -> list[Period]:
    """Drop periods in cities where the law does not allow listings, the home city included."""
    return [period for period in periods if cities[period.place.city].listed]
