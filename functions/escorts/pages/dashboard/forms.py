"""Forms of the provider's dashboard."""

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
from kit.i18n import N_
from kit.i18n import gettext as _

type Price = Annotated[Decimal, Field(gt=0, le=MAX_AMOUNT // 100, decimal_places=2)]
type Weekday = Annotated[int, Field(ge=1, le=7)]


class ProfileForm(Body):
    """Form of the profile's texts and choices, without rates, locations and hours."""

    fingerprint: Annotated[str, Field(max_length=64)] = ""
    """Fingerprint of the content when the page was rendered; see `profile.fingerprint`."""
    action: Literal["save", "preview"] = "save"
    name: Name
    city: Line
    bio: Annotated[Bio, Field(title=N_("About you"))] = ""
    languages: list[Word] = []
    services: list[Word] = []
    height_cm: Annotated[int | None, Field(ge=100, le=250, title=N_("Height"))] = None
    weight_kg: Annotated[int | None, Field(ge=30, le=250, title=N_("Weight"))] = None
    measurements: Short | None = None
    hair_color: Annotated[Short | None, Field(title=N_("Hair"))] = None
    eye_color: Annotated[Short | None, Field(title=N_("Eyes"))] = None
    ethnicity: Line | None = None
    date_of_birth: date | None = None


class RateForm(Body):
    """Form to add a rate."""

    service: Word
    duration_minutes: Annotated[
        int, Field(ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES, title=N_("Duration"))
    ]
    price: Price
    currency: Word
    venue: Venue


class PriceForm(Body):
    """Form to change a rate's price; `was` is the price that the page showed, in minor units."""

    key: Annotated[str, Field(max_length=100)]
    was: int
    price: Price


class RemoveByKeyForm(Body):
    """Form to remove an entry by key; an entry that is gone already is no error."""

    key: Annotated[str, Field(max_length=120)]


class LocationForm(Body):
    """Form to add a part of the city, with an optional point that is stored rounded."""

    place: Annotated[Line, Field(title=N_("Place"))]
    latitude: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    longitude: Annotated[
        float | None, Field(ge=-180, le=180, allow_inf_nan=False, validate_default=True)
    ] = None

    @field_validator("longitude")
    @classmethod
    def _is_whole(cls, longitude: float | None, info: ValidationInfo) -> float | None:
        if (info.data.get("latitude") is None) != (longitude is None):
            raise ValueError(_("Give both numbers, or neither."))
        return longitude


class WeeklyHoursForm(Body):
    """Form to add hours on a weekday."""

    day: Weekday
    start: Annotated[Clock, Field(title=N_("From"))]
    end: Annotated[Clock, Field(title=N_("Until"))]


class CopyHoursForm(Body):
    """Form to copy one day's hours to other days, replacing theirs."""

    day: Weekday
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7, title=N_("Days"))]


class ConsentForm(Body):
    """Form with the consent to the statement."""

    consent_version: Annotated[int, Field(title=N_("Consent version"))]
    agree: Annotated[bool, Field(title=N_("Statement"), validate_default=True)] = False

    @field_validator("agree")
    @classmethod
    def _is_agreed(cls, agree: bool) -> bool:  # noqa: FBT001 - pydantic calls it
        if not agree:
            raise ValueError(_("Tick the box if you agree; without it nothing is published."))
        return agree


class SlugForm(Body):
    """Form to change the slug."""

    slug: Annotated[Slug, Field(title=N_("Address"))]


class AppearanceForm(Body):
    """Form of theme and layout."""

    action: Literal["save", "preview"] = "save"
    theme: Theme
    layout: Layout


class TourForm(Body):
    """Form to add a tour; without hours the weekly hours hold there."""

    city: Line
    first_day: Annotated[date, Field(alias="from", title=N_("From"))]
    last_day: Annotated[date, Field(alias="to", title=N_("To"))]
    start: Annotated[Clock | None, Field(title=N_("Daily from"))] = None
    end: Annotated[Clock | None, Field(title=N_("Daily until"), validate_default=True)] = None
    at_home: Annotated[bool, Field(title=N_("At home as well"))] = False
    note: Annotated[str, Field(max_length=200)] = ""

    @field_validator("end")
    @classmethod
    def _is_whole(cls, end: str | None, info: ValidationInfo) -> str | None:
        if (info.data.get("start") is None) != (end is None):
            raise ValueError(_("Give both times, or neither."))
        return end


class ExceptionForm(Body):
    """Form to add an exception from the weekly hours."""

    is_open: Annotated[bool, Field(title=N_("Open or closed"))]
    first_day: Annotated[date, Field(alias="date", title=N_("First day"))]
    last_day: Annotated[date | None, Field(alias="endDate", title=N_("Last day"))] = None
    start: Annotated[Clock | None, Field(title=N_("From"))] = None
    end: Annotated[Clock | None, Field(title=N_("Until"))] = None
    note: Annotated[str, Field(max_length=200)] = ""


class AvailableNowForm(Body):
    """Form with the duration of "available now"."""

    minutes: Annotated[int, Field(ge=15, le=720, title=N_("Minutes"))]


class RemoveByIdForm(Body):
    """Form to remove an entry by id; an entry that is gone already is no error."""

    id: UUID
