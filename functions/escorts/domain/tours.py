"""Tours: dates on which a provider visits another city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from kit.errors import Invalid
from kit.intervals import Interval
from kit.local_time import local_date, midnight, next_day

MAX_TOUR_DAYS = 90
"""Days."""
MAX_DAYS_AHEAD = 365
"""Days from today."""
MAX_TOURS = 30


@dataclass(frozen=True, slots=True)
class NewTour:
    """A visit: both days belong to it. Without hours of its own the usual ones hold there."""

    city: str
    first_day: date
    last_day: date
    at_home: bool = False
    """Whether she can be met at home as well meanwhile."""
    hours: tuple[WeeklyRule, ...] = ()
    note: str = ""
    """For herself alone."""


@dataclass(frozen=True, slots=True)
class Tour:
    """A visit with its place in time."""

    id: UUID
    zone: str
    plan: NewTour

    @property
    def span(self) -> Interval:
        """From the first day's beginning to the last day's end, in the visited city."""
        return Interval(
            midnight(self.plan.first_day, self.zone),
            midnight(next_day(self.plan.last_day), self.zone),
        )

    def includes(self, day: date) -> bool:
        """Tell whether `day` is one of the visit's."""
        return self.plan.first_day <= day <= self.plan.last_day


def validate_tour(
    plan: NewTour, city: City, home: str, now: datetime, known: Sequence[Tour], path: str = ""
) -> None:
    """Refuse dates and a city that cannot be meant; `path` goes before the names of fields.

    A visit that has begun may be changed: its first day stays what it was, one of the `known`.
    """
    if city.slug == home:
        raise Invalid("tour-at-home", "This is your own city: choose another.", field=f"{path}city")
    if not city.listed:
        raise Invalid(
            "city-not-allowed", "We may not list anybody in this city.", field=f"{path}city"
        )
    today = local_date(now, city.zone)
    if plan.last_day < plan.first_day:
        raise Invalid("tour-backwards", "The tour ends before it begins.", field=f"{path}to")
    if plan.last_day < today:
        raise Invalid("tour-past", "This tour is over: choose later dates.", field=f"{path}to")
    begun = any(
        (item.plan.city, item.plan.first_day) == (city.slug, plan.first_day) for item in known
    )
    if plan.first_day < today and not begun:
        raise Invalid("tour-past", "Begin today or later.", field=f"{path}from")
    if (plan.last_day - plan.first_day).days >= MAX_TOUR_DAYS:
        raise Invalid(
            "tour-too-long", f"A tour takes up to {MAX_TOUR_DAYS} days.", field=f"{path}to"
        )
    if plan.first_day > today + timedelta(days=MAX_DAYS_AHEAD):
        raise Invalid(
            "tour-too-far", f"Plan up to {MAX_DAYS_AHEAD} days ahead.", field=f"{path}from"
        )
