"""Availability of a provider in the JSON API: requests, own view and public view."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from escorts.domain import offer, tours
from escorts.domain.availability import (
    MAX_AVAILABLE_NOW,
    MAX_EXCEPTIONS,
    MIN_AVAILABLE_NOW,
    NewScheduleException,
    Period,
    Schedule,
    ScheduleException,
)
from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from escorts.domain.tours import NewTour, Tour
from escorts.schemas.fields import Line
from escorts.schemas.public_profiles import AvailabilityView
from escorts.schemas.requests import WeeklyHoursBody
from escorts.service.availability import NewSchedule
from escorts.service.public_availability import UpcomingAvailability
from kit.datetime_fields import Clock, Moment
from kit.http import Request, Response
from kit.i18n import gettext as _

_MINUTE = timedelta(minutes=1)


def _plausible(day: date) -> date:
    if not 2000 <= day.year < 2200:
        raise ValueError(_("Check the year."))
    return day


Day = Annotated[date, AfterValidator(_plausible)]
Note = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Week = Annotated[list[WeeklyHoursBody], Field(max_length=offer.MAX_RULES)]


class ExceptionBody(Request):
    """Dated stretch of time that differs from the weekly hours, in the local time of where you are then.

    Without `end` it lasts until the end of the last day; an `end` at or before `start` without an `endDate` is
    on the
    next day.
    """

    kind: Literal["open", "closed"]
    date: Day
    start: Clock = "00:00"
    end_date: Day | None = None
    end: Clock | None = None
    note: Note = Field("", description="Private: only you can read it.")

    def to_exception(self) -> NewScheduleException:
        """Return the domain object."""
        return NewScheduleException(
            is_open=self.kind == "open",
            first_day=self.date,
            start=time.fromisoformat(self.start),
            last_day=self.end_date,
            end=time.fromisoformat(self.end) if self.end else None,
            note=self.note,
        )


class TourBody(Request):
    """Tour to another city, with both days included. Without `hours` the weekly hours hold there."""

    city: Line
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")
    also_at_home: bool = False
    hours: Week = []
    note: Note = Field("", description="Private: only you can read it.")

    def to_tour(self) -> NewTour:
        """Return the domain object."""
        return NewTour(
            self.city,
            self.first_day,
            self.last_day,
            self.also_at_home,
            _rules(self.hours),
            self.note,
        )


class AvailableNowBody(Request):
    """Duration of "available now", from this moment on."""

    minutes: int = Field(ge=MIN_AVAILABLE_NOW // _MINUTE, le=MAX_AVAILABLE_NOW // _MINUTE)


class AvailableUntilBody(Request):
    """End of "available now", at most twelve hours from now."""

    until: Moment


class UpdateAvailability(Request):
    """Whole schedule: fields that are left out are emptied; past entries are not part of it."""

    rules: Week
    exceptions: list[ExceptionBody] = Field(default=[], max_length=MAX_EXCEPTIONS)
    tours: list[TourBody] = Field(default=[], max_length=tours.MAX_TOURS)
    available_now: AvailableUntilBody | None = None

    def to_schedule(self) -> NewSchedule:
        """Return the argument of the service."""
        return NewSchedule(
            _rules(self.rules),
            tuple(item.to_exception() for item in self.exceptions),
            tuple(item.to_tour() for item in self.tours),
            self.available_now.until if self.available_now else None,
        )


class ExceptionView(Response):
    """Exception for its owner: as instants, and as entered."""

    id: UUID
    kind: Literal["open", "closed"]
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    date: Day
    start: str
    end_date: Day
    end: str
    note: str

    @classmethod
    def from_domain(cls, item: ScheduleException) -> Self:
        """Build the response from an exception."""
        zone = ZoneInfo(item.zone)
        start, end = item.span.start.astimezone(zone), item.span.end.astimezone(zone)
        return cls(
            id=item.id,
            kind="open" if item.is_open else "closed",
            starts_at=item.span.start,
            ends_at=item.span.end,
            time_zone=item.zone,
            date=start.date(),
            start=f"{start:%H:%M}",
            end_date=end.date(),
            end=f"{end:%H:%M}",
            note=item.note,
        )


class PublicTour(Response):
    """Tour of a companion to another city, with both days included."""

    city: str
    city_name: str
    time_zone: str
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")


class TourView(PublicTour):
    """Tour for its owner."""

    id: UUID
    also_at_home: bool
    hours: list[AvailabilityView]
    note: str

    @classmethod
    def from_domain(cls, tour: Tour, city: City) -> Self:
        """Build the response from a tour."""
        plan = tour.plan
        return cls(
            id=tour.id,
            **_tour_fields(tour, city),
            also_at_home=plan.at_home,
            hours=[AvailabilityView.from_domain(rule) for rule in plan.hours],
            note=plan.note,
        )


class AvailableNowView(Response):
    """Period of "available now"; it ends by itself."""

    since: datetime
    until: datetime


class OwnAvailability(Response):
    """Whole schedule, for the provider and for staff."""

    profile_id: UUID
    city: str
    time_zone: str
    rules: list[AvailabilityView]
    exceptions: list[ExceptionView]
    tours: list[TourView]
    available_now: AvailableNowView | None

    @classmethod
    def from_domain(cls, profile_id: UUID, schedule: Schedule, cities: dict[str, City]) -> Self:
        """Build the response from a schedule."""
        available_now = schedule.available_now
        return cls(
            profile_id=profile_id,
            city=schedule.home.city,
            time_zone=schedule.home.zone,
            rules=[AvailabilityView.from_domain(rule) for rule in schedule.rules],
            exceptions=[ExceptionView.from_domain(item) for item in schedule.exceptions],
            tours=[TourView.from_domain(tour, cities[tour.plan.city]) for tour in schedule.tours],
            available_now=AvailableNowView(since=available_now.start, until=available_now.end)
            if available_now
            else None,
        )


class PeriodView(Response):
    """Time to meet, in UTC and in the city's local time."""

    start: datetime
    end: datetime
    local_start: datetime
    local_end: datetime
    city: str
    city_name: str
    time_zone: str

    @classmethod
    def from_domain(cls, period: Period, city: City) -> Self:
        """Build the response from a period."""
        zone = ZoneInfo(period.place.zone)
        return cls(
            start=period.start,
            end=period.end,
            local_start=period.start.astimezone(zone),
            local_end=period.end.astimezone(zone),
            city=city.slug,
            city_name=city.name,
            time_zone=city.zone,
        )


class PublicAvailability(Response):
    """Availability of a companion in the next fourteen days: times, cities and tours."""

    profile_id: UUID
    time_zone: str
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    available_now: bool
    periods: list[PeriodView]
    tours: list[PublicTour]

    @classmethod
    def from_domain(cls, profile_id: UUID, coming: UpcomingAvailability) -> Self:
        """Build the response from the public availability."""
        cities = coming.cities
        return cls(
            profile_id=profile_id,
            time_zone=coming.schedule.home.zone,
            start=coming.start,
            end=coming.end,
            available_now=coming.available_now,
            periods=[
                PeriodView.from_domain(item, cities[item.place.city]) for item in coming.periods
            ],
            tours=[
                PublicTour(**_tour_fields(tour, cities[tour.plan.city])) for tour in coming.tours
            ],
        )


def _rules(bodies: list[WeeklyHoursBody]) -> tuple[WeeklyRule, ...]:
    return tuple(body.to_rule() for body in bodies)


def _tour_fields(tour: Tour, city: City) -> dict[str, Any]:
    return {
        "city": city.slug,
        "city_name": city.name,
        "time_zone": tour.zone,
        "first_day": tour.plan.first_day,
        "last_day": tour.plan.last_day,
    }
