"""Query parameters of the search; each invalid parameter is reported under its own name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from escorts.domain.offer import Venue
from escorts.domain.search import (
    DEFAULT_MINUTES,
    DEFAULT_RADIUS_KM,
    FILTERS,
    MAX_PAGED_ROWS,
    MAX_RADIUS_KM,
    AvailabilityFilter,
    Criteria,
    FreeAt,
    FreeNow,
    FreeOnWeekday,
    FreeTonight,
    GeoRadius,
    Sort,
)
from escorts.service.search import PageRequest
from kit.datetime_fields import require_plausible_year
from kit.http import Request
from kit.i18n import gettext as _

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_START_KEYWORDS = ("now", "tonight")
_DEFAULT_LIMIT = 20
_DEFAULT_SORT_ORDERS = {"rating": "desc", "created_at": "desc"}
_VOCABULARIES = {name: item.vocabulary for name, item in FILTERS.items() if item.vocabulary} | {
    "availability": (*_START_KEYWORDS, *WEEKDAYS)
}


def _split_list(value: object) -> object:
    """Split comma-separated and repeated parameters into one list."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        parts = (part.strip() for item in value for part in str(item).split(","))
        return [part.lower() for part in parts if part]
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


KeyList = Annotated[list[str], BeforeValidator(_split_list), Field(max_length=20)]
Key = Annotated[str, BeforeValidator(_lower)]


class TimeZoneMissing(ValueError):
    """Refusal of a local time without the city whose time it is."""


class SearchQuery(Request):
    """Search filters, all of them optional; empty ones count as absent, unknown ones are refused.

    All given filters must match: all `services`, and any of the `languages` or `ethnicity` values.
    """

    location: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="A city, by slug or name."
    )
    services: KeyList = Field(default=[], description="All of these; repeated or comma-separated.")
    currency: Annotated[str, StringConstraints(to_upper=True)] | None = Field(
        None, description="Currency of prices; by default the city's. Others are not compared."
    )
    price_min: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="Limit of the lowest rate, in whole units of the currency.",
    )
    price_max: int | None = Field(None, ge=0, le=1_000_000)
    age_min: int | None = Field(None, ge=18, le=120)
    age_max: int | None = Field(None, ge=18, le=120)
    ethnicity: KeyList = Field(default=[], description="Any of these.")
    languages: KeyList = Field(default=[], description="Any of these (ISO 639-1).")
    language: Key | None = Field(None, description="Required language (ISO 639-1).")
    availability: Key | None = Field(
        None,
        description="`now`, `tonight` (starting between 18:00 and 02:00 local time), or a weekday"
        " with weekly hours.",
    )
    available_at: datetime | None = Field(
        None,
        description="Free from this time on, for `duration`. Without a time zone: local time of"
        " `location`.",
    )
    available_now: bool = False
    duration: int | None = Field(
        None, ge=30, le=1440, description=f"Minutes; {DEFAULT_MINUTES} by default."
    )
    rating_min: float | None = Field(
        None, ge=0, le=5, description="Excludes profiles without a rating, unless it is 0."
    )
    verified_only: bool = Field(
        default=True, description="All listed profiles are verified: only `true` is accepted."
    )
    featured_only: bool = False
    venue: Venue | None = Field(
        None, description="`incall`: at the provider's place; `outcall`: at the client's place."
    )
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, validate_default=True)
    radius_km: float | None = Field(
        None, ge=1, le=MAX_RADIUS_KM, description=f"{DEFAULT_RADIUS_KM:.0f} by default."
    )
    q: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None,
        description="Words of the name or the bio, all of them; without a match, profiles with"
        " similar names (see `alike`).",
    )
    sort_by: Literal["rating", "price", "name", "created_at"] | None = Field(
        None, description="By default a fair ranking. Profiles without the value come last."
    )
    sort_order: Literal["asc", "desc"] | None = None
    page: int | None = Field(None, ge=1, le=MAX_PAGED_ROWS)
    limit: int = Field(_DEFAULT_LIMIT, ge=1, le=50)
    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = Field(
        None, description="`nextCursor` of the previous page."
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_blank_values(cls, values: Any) -> Any:
        """Drop empty values, since an HTML form also sends the fields left empty."""
        if not isinstance(values, Mapping):
            return values
        return {
            name: value
            for name, value in values.items()
            if not (isinstance(value, str) and not value.strip()) and value != [""]
        }

    @field_validator(*_VOCABULARIES)
    @classmethod
    def _validate_known_values(cls, value: Any, info: ValidationInfo) -> Any:
        known = _VOCABULARIES[str(info.field_name)]
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item not in known:
                raise ValueError(_("Choose from these: %(keys)s.", keys=", ".join(known)))
        return list(dict.fromkeys(value)) if isinstance(value, list) else value

    @field_validator("price_max", "age_max")
    @classmethod
    def _validate_range(cls, value: int | None, info: ValidationInfo) -> int | None:
        lowest = info.data.get(str(info.field_name).replace("max", "min"))
        if value is not None and lowest is not None and value < lowest:
            raise ValueError(_("The maximum is below the minimum."))
        return value

    @field_validator("available_at")
    @classmethod
    def _validate_available_at(
        cls, value: datetime | None, info: ValidationInfo
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None and not info.data.get("location"):
            raise TimeZoneMissing(
                _("Add the time zone, for example Z or +02:00, or choose a location.")
            )
        _require_single_time(info, "availability")
        return require_plausible_year(value).replace(second=0, microsecond=0)

    @field_validator("available_now")
    @classmethod
    def _validate_single_time(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if value:
            _require_single_time(info, "availability", "available_at")
        return value

    @field_validator("duration")
    @classmethod
    def _validate_duration_has_start(cls, value: int | None, info: ValidationInfo) -> int | None:
        data = info.data
        begins = data.get("available_at") or data.get("available_now")
        if value is not None and not begins and data.get("availability") not in _START_KEYWORDS:
            raise ValueError(_("A duration needs availableAt, availableNow or tonight."))
        return value

    @field_validator("verified_only")
    @classmethod
    def _validate_verified_only(cls, value: bool) -> bool:  # noqa: FBT001
        if not value:
            raise ValueError(_("All listed profiles are verified: only true is accepted."))
        return value

    @field_validator("lon", "radius_km")
    @classmethod
    def _validate_coordinates(cls, value: float | None, info: ValidationInfo) -> float | None:
        latitude = info.data.get("lat")
        if value is not None and latitude is None:
            raise ValueError(_("This needs lat and lon."))
        if value is None and latitude is not None and info.field_name == "lon":
            raise ValueError(_("This is required with lat."))
        return value

    @field_validator("limit")
    @classmethod
    def _validate_page_limit(cls, value: int, info: ValidationInfo) -> int:
        if value * (info.data.get("page") or 1) > MAX_PAGED_ROWS:
            raise ValueError(
                _(
                    "Pages end at row %(count)s: continue with nextCursor.",
                    count=MAX_PAGED_ROWS,
                )
            )
        return value

    @field_validator("q")
    @classmethod
    def _validate_text(cls, value: str | None) -> str | None:
        if value is not None and not any(sign.isalnum() for sign in value):
            raise ValueError(_("Enter a word or a name."))
        return value

    @field_validator("sort_order")
    @classmethod
    def _validate_sort_order(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("sort_by") is None:
            raise ValueError(_("This needs sortBy: the default ranking has one direction."))
        return value

    @field_validator("cursor")
    @classmethod
    def _validate_cursor(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("page") is not None:
            raise ValueError(_("Use either page or cursor."))
        return value

    @property
    def is_time_dependent(self) -> bool:
        """Tell whether the results change as time passes."""
        return isinstance(self.availability_filter(), FreeAt | FreeNow | FreeTonight)

    def to_criteria(self) -> Criteria:
        """Return the search criteria: the derived values, and the others as they were given."""
        values = {
            name: DERIVED_VALUES[name].derive(self)
            if name in DERIVED_VALUES
            else _freeze_list(getattr(self, name))
            for name in FILTERS
        }
        order = self.sort_order or _DEFAULT_SORT_ORDERS.get(self.sort_by or "", "asc")
        return Criteria(
            **values,
            sort=Sort(self.sort_by) if self.sort_by else Sort.RELEVANCE,
            descending=order == "desc",
        )

    def to_page(self) -> PageRequest:
        """Return the requested page."""
        return PageRequest(self.limit, self.cursor, self.page or 1)

    def geo_radius(self) -> GeoRadius | None:
        """Return the circle on the map, if one is given."""
        if self.lat is None or self.lon is None:
            return None
        return GeoRadius(self.lat, self.lon, self.radius_km or DEFAULT_RADIUS_KM)

    def availability_filter(self) -> AvailabilityFilter | None:
        """Return the availability filter, if one is given."""
        minutes = self.duration or DEFAULT_MINUTES
        if self.available_at is not None:
            return FreeAt(self.available_at, minutes)
        if self.available_now or self.availability == "now":
            return FreeNow(minutes)
        if self.availability == "tonight":
            return FreeTonight(minutes)
        return FreeOnWeekday(WEEKDAYS.index(self.availability) + 1) if self.availability else None


def _require_single_time(info: ValidationInfo, *others: str) -> None:
    if any(info.data.get(name) for name in others):
        raise ValueError(_("Use only one of availability, availableAt and availableNow."))


def _freeze_list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """Value of a filter that is not one parameter of the same name, as it was given."""

    parameters: tuple[str, ...]
    derive: Callable[[SearchQuery], Any]


DERIVED_VALUES = {
    # A limit of 0 excludes nothing, not even profiles without a rating.
    "rating_min": DerivedValue(("rating_min",), lambda query: query.rating_min or None),
    "within": DerivedValue(("lat", "lon", "radius_km"), SearchQuery.geo_radius),
    "availability": DerivedValue(
        ("availability", "available_at", "available_now", "duration"),
        SearchQuery.availability_filter,
    ),
    "text": DerivedValue(("q",), lambda query: query.q),
}
