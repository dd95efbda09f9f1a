"""A provider's time in the JSON API: what she writes, what she reads, what everybody may read."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from escorts.domain import offer, tours
from escorts.domain.availability import (
    LONGEST_NOW,
    MAX_EXCEPTIONS,
    SHORTEST_NOW,
    DatedHours,
    NewDatedHours,
    Period,
    Schedule,
)
from escorts.domain.offer import WeeklyRule
from escorts.domain.profiles import City
from escorts.domain.tours import NewTour, Tour
from escorts.schemas.fields import Line
from escorts.schemas.public_profiles import AvailabilityView
from escorts.schemas.requests import AvailabilityBody
from escorts.service.availability import Plan
from escorts.service.public_availability import Coming
from kit.datetime_fields import Clock, Moment
from kit.http import Request, Response

_MINUTE = timedelta(minutes=1)


def _plausible(day: date) -> date:
    if not 2000 <= day.year < 2200:
        raise ValueError("Check the year.")
    return day


Day = Annotated[date, AfterValidator(_plausible)]
Note = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Week = Annotated[list[AvailabilityBody], Field(max_length=offer.MAX_RULES)]


class ExceptionBody(Request):
    """A dated stretch that is other than the week says, on the clock of where you are then.

    Without `end` it lasts until the end of the last day; an `end` at or before `start` without an
    `endDate` is the next day's.
    """

    kind: Literal["open", "closed"]
    date: Day
    start: Clock = "00:00"
    end_date: Day | None = None
    end: Clock | None = None
    note: Note = Field("", description="For yourself alone.")

    def to_dated(self) -> NewDatedHours:
        """Return it as the domain knows it."""
        return NewDatedHours(
            opens=self.kind == "open",
            first_day=self.date,
            start=time.fromisoformat(self.start),
            last_day=self.end_date,
            end=time.fromisoformat(self.end) if self.end else None,
            note=self.note,
        )


class TourBody(Request):
    """A visit to another city; both days belong to it. Without `hours` the usual ones hold there."""

    city: Line
    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="to")
    also_at_home: bool = False
    hours: Week = []
    note: Note = Field("", description="For yourself alone.")

    def to_plan(self) -> NewTour:
        """Return it as the domain knows it."""
        return NewTour(
            self.city,
            self.first_day,
            self.last_day,
            self.also_at_home,
            _rules(self.hours),
            self.note,
        )


class AvailableNowBody(Request):
    """For how long, from this moment on."""

    minutes: int = Field(ge=SHORTEST_NOW // _MINUTE, le=LONGEST_NOW // _MINUTE)


class UntilBody(Request):
    """Until when, at most twelve hours from now."""

    until: Moment


class UpdateAvailability(Request):
    """The whole of one's time anew: what is left out is emptied; what is over is not part of it."""

    rules: Week
    exceptions: list[ExceptionBody] = Field(default=[], max_length=MAX_EXCEPTIONS)
    tours: list[TourBody] = Field(default=[], max_length=tours.MAX_TOURS)
    available_now: UntilBody | None = None

    def to_plan(self) -> Plan:
        """Return it as the use case takes it."""
        return Plan(
            _rules(self.rules),
            tuple(item.to_dated() for item in self.exceptions),
            tuple(item.to_plan() for item in self.tours),
            self.available_now.until if self.available_now else None,
        )


class ExceptionView(Response):
    """A dated stretch, for its owner: as instants, and as written."""

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
    def of(cls, item: DatedHours) -> Self:
        """Show an exception."""
        zone = ZoneInfo(item.zone)
        start, end = item.span.start.astimezone(zone), item.span.end.astimezone(zone)
        return cls(
            id=item.id,
            kind="open" if item.opens else "closed",
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
    """When a companion visits another city; both days belong to it."""

    city: str
    city_name: str
    time_zone: str
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")


class TourView(PublicTour):
    """A visit, for its owner."""

    id: UUID
    also_at_home: bool
    hours: list[AvailabilityView]
    note: str

    @classmethod
    def of(cls, tour: Tour, city: City) -> Self:
        """Show a tour."""
        plan = tour.plan
        return cls(
            id=tour.id,
            **_visit(tour, city),
            also_at_home=plan.at_home,
            hours=[AvailabilityView.from_domain(rule) for rule in plan.hours],
            note=plan.note,
        )


class NowView(Response):
    """Available from this moment until that one; it ends by itself."""

    since: datetime
    until: datetime


class OwnAvailability(Response):
    """All that decides about a provider's time, for herself and for staff."""

    profile_id: UUID
    city: str
    time_zone: str
    rules: list[AvailabilityView]
    exceptions: list[ExceptionView]
    tours: list[TourView]
    available_now: NowView | None

    @classmethod
    def of(cls, profile_id: UUID, schedule: Schedule, cities: dict[str, City]) -> Self:
        """Show a schedule to its owner."""
        said = schedule.now
        return cls(
            profile_id=profile_id,
            city=schedule.home.city,
            time_zone=schedule.home.zone,
            rules=[AvailabilityView.from_domain(rule) for rule in schedule.rules],
            exceptions=[ExceptionView.of(item) for item in schedule.dated],
            tours=[TourView.of(tour, cities[tour.plan.city]) for tour in schedule.tours],
            available_now=NowView(since=said.start, until=said.end) if said else None,
        )


class PeriodView(Response):
    """A time to meet, in UTC and as a clock there shows it."""

    start: datetime
    end: datetime
    local_start: datetime
    local_end: datetime
    city: str
    city_name: str
    time_zone: str

    @classmethod
    def of(cls, period: Period, city: City) -> Self:
        """Show a period."""
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
    """A companion's coming fourteen days: when, in which city, and where she travels."""

    profile_id: UUID
    time_zone: str
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    available_now: bool
    periods: list[PeriodView]
    tours: list[PublicTour]

    @classmethod
    def of(cls, profile_id: UUID, coming: Coming) -> Self:
        """Show what the gate let through."""
        cities = coming.cities
        return cls(
            profile_id=profile_id,
            time_zone=coming.schedule.home.zone,
            start=coming.start,
            end=coming.end,
            available_now=coming.now,
            periods=[PeriodView.of(item, cities[item.place.city]) for item in coming.periods],
            tours=[PublicTour(**_visit(tour, cities[tour.plan.city])) for tour in coming.tours],
        )


def _rules(bodies: list[AvailabilityBody]) -> tuple[WeeklyRule, ...]:
    return tuple(body.to_rule() for body in bodies)


def _visit(tour: Tour, city: City) -> dict[str, Any]:
    return {
        "city": city.slug,
        "city_name": city.name,
        "time_zone": tour.zone,
        "first_day": tour.plan.first_day,
        "last_day": tour.plan.last_day,
    }
