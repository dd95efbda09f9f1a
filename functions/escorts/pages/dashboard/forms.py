"""What the forms of a provider's room send."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from escorts.domain.appearance import Layout, Theme
from escorts.domain.offer import MAX_AMOUNT, MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Venue
from escorts.schemas.fields import Bio, Line, Name, Short, Slug, Word
from kit.datetime_fields import Clock
from kit.http import Request as Body

type Price = Annotated[Decimal, Field(gt=0, le=MAX_AMOUNT // 100, decimal_places=2)]
type Weekday = Annotated[int, Field(ge=1, le=7)]


class ProfileForm(Body):
    """What the profile says, without its rates, places and hours."""

    fingerprint: Annotated[str, Field(max_length=64)] = ""
    """Names what was saved when the page was made; see `admin_profile.fingerprint`."""
    action: Literal["save", "preview"] = "save"
    name: Name
    city: Line
    bio: Annotated[Bio, Field(title="About you")] = ""
    languages: list[Word] = []
    services: list[Word] = []
    height_cm: Annotated[int | None, Field(ge=100, le=250, title="Height")] = None
    weight_kg: Annotated[int | None, Field(ge=30, le=250, title="Weight")] = None
    measurements: Short | None = None
    hair_color: Annotated[Short | None, Field(title="Hair")] = None
    eye_color: Annotated[Short | None, Field(title="Eyes")] = None
    ethnicity: Line | None = None
    date_of_birth: date | None = None


class RateForm(Body):
    """One more rate."""

    service: Word
    duration_minutes: Annotated[
        int, Field(ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES, title="Duration")
    ]
    price: Price
    currency: Word
    venue: Venue


class PriceForm(Body):
    """Another price for a rate; `was` is the one that the page showed, in minor units."""

    key: Annotated[str, Field(max_length=100)]
    was: int
    price: Price


class RemoveByKeyForm(Body):
    """Which entry to drop: one that is gone already is no mistake."""

    key: Annotated[str, Field(max_length=120)]


class LocationForm(Body):
    """One more part of the city, with a point that is kept only roughly, if at all."""

    place: Line
    latitude: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    longitude: Annotated[
        float | None, Field(ge=-180, le=180, allow_inf_nan=False, validate_default=True)
    ] = None

    @field_validator("longitude")
    @classmethod
    def _is_whole(cls, longitude: float | None, info: ValidationInfo) -> float | None:
        if (info.data.get("latitude") is None) != (longitude is None):
            raise ValueError("Give both numbers, or neither.")
        return longitude


class WeeklyHoursForm(Body):
    """Hours on one day of the week."""

    day: Weekday
    start: Annotated[Clock, Field(title="From")]
    end: Annotated[Clock, Field(title="Until")]


class CopyHoursForm(Body):
    """One day's hours for others, instead of theirs."""

    day: Weekday
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7, title="Days")]


class ConsentForm(Body):
    """The statement, agreed to."""

    consent_version: int
    agree: Annotated[bool, Field(title="The statement", validate_default=True)] = False

    @field_validator("agree")
    @classmethod
    def _is_agreed(cls, agree: bool) -> bool:  # noqa: FBT001 - pydantic calls it
        if not agree:
            raise ValueError("Tick the box if you agree; without it nothing is published.")
        return agree


class SlugForm(Body):
    """Another address."""

    slug: Annotated[Slug, Field(title="Address")]


class AppearanceForm(Body):
    """Colours and arrangement of the page."""

    action: Literal["save", "preview"] = "save"
    theme: Theme
    layout: Layout


class TourForm(Body):
    """A visit to another city; without hours the usual week holds there."""

    city: Line
    first_day: Annotated[date, Field(alias="from", title="From")]
    last_day: Annotated[date, Field(alias="to", title="To")]
    start: Annotated[Clock | None, Field(title="Daily from")] = None
    end: Annotated[Clock | None, Field(title="Daily until", validate_default=True)] = None
    at_home: Annotated[bool, Field(title="At home as well")] = False
    note: Annotated[str, Field(max_length=200)] = ""

    @field_validator("end")
    @classmethod
    def _is_whole(cls, end: str | None, info: ValidationInfo) -> str | None:
        if (info.data.get("start") is None) != (end is None):
            raise ValueError("Give both times, or neither.")
        return end


class ExceptionForm(Body):
    """Dates on which something else holds than the week says."""

    is_open: Annotated[bool, Field(title="What is different")]
    first_day: Annotated[date, Field(alias="date", title="First day")]
    last_day: Annotated[date | None, Field(alias="endDate", title="Last day")] = None
    start: Annotated[Clock | None, Field(title="From")] = None
    end: Annotated[Clock | None, Field(title="Until")] = None
    note: Annotated[str, Field(max_length=200)] = ""


class AvailableNowForm(Body):
    """For how long one is available from this moment on."""

    minutes: Annotated[int, Field(ge=15, le=720)]


class RemoveByIdForm(Body):
    """Which entry to drop: one that is gone already is no mistake."""

    id: UUID
