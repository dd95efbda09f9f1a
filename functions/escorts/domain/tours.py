"""Tours: dates on which a provider stays in another city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from kit.errors import Invalid
from kit.i18n import gettext as _
from kit.intervals import Interval
from kit.local_time import local_date, midnight, next_day

MAX_TOUR_DAYS = 90
"""Longest tour, in days."""
MAX_DAYS_AHEAD = 365
"""Latest start, in days from today."""
MAX_TOURS = 30


@dataclass(frozen=True, slots=True)
class NewTour:
    """Tour as the provider enters it, with both days included. Without hours the weekly hours hold there."""

    city: str
    first_day: date
    last_day: date
    at_home: bool = False
    """Whether meetings at home stay possible during the tour."""
    hours: tuple[WeeklyRule, ...] = ()
    note: str = ""
    """Private note of the provider."""


@dataclass(frozen=True, slots=True)
class Tour:
    """Stored tour with its time zone."""

    id: UUID
    zone: str
    plan: NewTour

    @property
    def span(self) -> Interval:
        """Return the interval from the start of the first day to the end of the last, in the visited city's time."""
        return Interval(
            midnight(self.plan.first_day, self.zone),
            midnight(next_day(self.plan.last_day), self.zone),
        )

    def includes(self, day: date) -> bool:
        """Tell whether `day` is one of the tour's days."""
        return self.plan.first_day <= day <= self.plan.last_day


def validate_tour(
    plan: NewTour, city: City, home: str, now: datetime, known: Sequence[Tour], path: str = ""
) -> None:
    """Refuse invalid dates and cities; `path` is a prefix of the field names.

    A tour that has begun may be changed if its first day and city match one of the `known` tours.
    """
    if city.slug == home:
        raise Invalid(
            "tour-at-home", _("This is your own city: choose another."), field=f"{path}city"
        )
    if not city.listed:
        raise Invalid(
            "city-not-allowed", _("Listings are not allowed in this city."), field=f"{path}city"
        )
    today = local_date(now, city.zone)
    if plan.last_day < plan.first_day:
        raise Invalid("tour-backwards", _("The tour ends before it begins."), field=f"{path}to")
    if plan.last_day < today:
        raise Invalid(
            "tour-past", _("This tour is in the past: choose later dates."), field=f"{path}to"
        )
    begun = any(
        (item.plan.city, item.plan.first_day) == (city.slug, plan.first_day) for item in known
    )
    if plan.first_day < today and not begun:
        raise Invalid("tour-past", _("Begin today or later."), field=f"{path}from")
    if (plan.last_day - plan.first_day).days >= MAX_TOUR_DAYS:
        raise Invalid(
            "tour-too-long",
            _("A tour takes up to %(count)s days.", count=MAX_TOUR_DAYS),
            field=f"{path}to",
        )
    if plan.first_day > today + timedelta(days=MAX_DAYS_AHEAD):
        raise Invalid(
            "tour-too-far",
            _("Plan up to %(count)s days ahead.", count=MAX_DAYS_AHEAD),
            field=f"{path}from",
        )
