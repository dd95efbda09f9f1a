"""What a search takes. Each filter that cannot be meant is refused by its own name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    DEEPEST,
    DEFAULT_MINUTES,
    DEFAULT_RADIUS_KM,
    LARGEST_RADIUS_KM,
    Around,
    At,
    Criteria,
    Now,
    Sort,
    Tonight,
    Weekday,
    When,
)
from escorts.domain.vocabulary import CURRENCIES, ETHNICITIES, LANGUAGES, SERVICES
from escorts.service.search import Page
from kit.datetime_fields import require_plausible_year
from kit.http import Request

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENTS = ("now", "tonight")
_DEFAULT_LIMIT = 20


def _listed(value: object) -> object:
    """Take "a,b" and repeated parameters alike."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        parts = (part.strip() for item in value for part in str(item).split(","))
        return [part.lower() for part in parts if part]
    return value


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


Words = Annotated[list[str], BeforeValidator(_listed), Field(max_length=20)]
Word = Annotated[str, BeforeValidator(_lowered)]


class SearchQuery(Request):
    """The filters, all of them optional; an empty one counts as absent, an unknown one is refused.

    Everything given has to hold. Among several `services` all are wanted, among several
    `languages` or `ethnicity` any one.
    """

    location: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="A city, by slug or name."
    )
    services: Words = Field(default=[], description="All of these; repeated or comma-separated.")
    currency: Annotated[str, StringConstraints(to_upper=True)] | None = Field(
        None, description="Of the prices; by default the city's. Others are not compared."
    )
    price_min: int | None = Field(
        None, ge=0, le=1_000_000, description="The lowest rate, in whole units of the currency."
    )
    price_max: int | None = Field(None, ge=0, le=1_000_000)
    age_min: int | None = Field(None, ge=18, le=120)
    age_max: int | None = Field(None, ge=18, le=120)
    ethnicity: Words = Field(default=[], description="Any of these.")
    languages: Words = Field(default=[], description="Any of these (ISO 639-1).")
    language: Word | None = Field(None, description="This one in any case (ISO 639-1).")
    availability: Word | None = Field(
        None,
        description="`now`, `tonight` (beginning between 18:00 and 02:00 local time), or a weekday"
        " on which there are weekly hours.",
    )
    available_at: datetime | None = Field(
        None,
        description="Free from then on, for `duration`. Without a zone, in `location`'s own time.",
    )
    available_now: bool = False
    duration: int | None = Field(
        None, ge=30, le=1440, description=f"Minutes; {DEFAULT_MINUTES} by default."
    )
    rating_min: float | None = Field(
        None, ge=0, le=5, description="Leaves out who is not rated yet, unless it is 0."
    )
    verified_only: bool = Field(
        default=True, description="Everybody listed is verified: only `true`."
    )
    featured_only: bool = False
    venue: Venue | None = Field(None, description="`incall`: at hers; `outcall`: at yours.")
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, validate_default=True)
    radius_km: float | None = Field(
        None, ge=1, le=LARGEST_RADIUS_KM, description=f"{DEFAULT_RADIUS_KM:.0f} by default."
    )
    q: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None,
        description="Words of the name or the bio, all of them; if nobody has them, names that are"
        " written alike (`alike` says so).",
    )
    sort_by: Literal["rating", "price", "name", "created_at"] | None = Field(
        None, description="By default a fair ranking. Without rating or price: always last."
    )
    sort_order: Literal["asc", "desc"] | None = None
    page: int | None = Field(None, ge=1, le=DEEPEST)
    limit: int = Field(_DEFAULT_LIMIT, ge=1, le=50)
    cursor: Annotated[str, StringConstraints(max_length=1024)] | None = Field(
        None, description="`nextCursor` of the page before."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: Any) -> Any:
        """A form sends every field, also those left empty."""
        if not isinstance(values, Mapping):
            return values
        return {
            name: value
            for name, value in values.items()
            if not (isinstance(value, str) and not value.strip()) and value != [""]
        }

    @field_validator("services", "ethnicity", "languages", "language", "currency", "availability")
    @classmethod
    def _are_known(cls, value: Any, info: ValidationInfo) -> Any:
        known = _KNOWN[str(info.field_name)]
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item not in known:
                raise ValueError(f"Choose from these: {', '.join(known)}.")
        return list(dict.fromkeys(value)) if isinstance(value, list) else value

    @field_validator("price_max", "age_max")
    @classmethod
    def _is_a_range(cls, value: int | None, info: ValidationInfo) -> int | None:
        lowest = info.data.get(str(info.field_name).replace("max", "min"))
        if value is not None and lowest is not None and value < lowest:
            raise ValueError("The highest is below the lowest: nobody could be found.")
        return value

    @field_validator("available_at")
    @classmethod
    def _is_a_moment(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None and not info.data.get("location"):
            raise ValueError("Add the time zone, for example Z or +02:00, or choose a location.")
        _only_one(info, "availability")
        return require_plausible_year(value).replace(second=0, microsecond=0)

    @field_validator("available_now")
    @classmethod
    def _is_the_only_time(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001
        if value:
            _only_one(info, "availability", "available_at")
        return value

    @field_validator("duration")
    @classmethod
    def _has_a_beginning(cls, value: int | None, info: ValidationInfo) -> int | None:
        data = info.data
        begins = data.get("available_at") or data.get("available_now")
        if value is not None and not begins and data.get("availability") not in _MOMENTS:
            raise ValueError("A duration goes with availableAt, availableNow or tonight.")
        return value

    @field_validator("verified_only")
    @classmethod
    def _is_always_so(cls, value: bool) -> bool:  # noqa: FBT001
        if not value:
            raise ValueError("Everybody listed is verified; nobody else can be found.")
        return value

    @field_validator("lon", "radius_km")
    @classmethod
    def _has_a_middle(cls, value: float | None, info: ValidationInfo) -> float | None:
        latitude = info.data.get("lat")
        if value is not None and latitude is None:
            raise ValueError("Give lat and lon too.")
        if value is None and latitude is not None and info.field_name == "lon":
            raise ValueError("Give lon too.")
        return value

    @field_validator("limit")
    @classmethod
    def _is_within_reach(cls, value: int, info: ValidationInfo) -> int:
        if value * (info.data.get("page") or 1) > DEEPEST:
            raise ValueError(f"Pages reach to {DEEPEST}: go on with nextCursor.")
        return value

    @field_validator("q")
    @classmethod
    def _has_a_word(cls, value: str | None) -> str | None:
        if value is not None and not any(sign.isalnum() for sign in value):
            raise ValueError("Enter a word or a name.")
        return value

    @field_validator("sort_order")
    @classmethod
    def _sorts_something(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("sort_by") is None:
            raise ValueError("This goes with sortBy; the ranking has one direction.")
        return value

    @field_validator("cursor")
    @classmethod
    def _is_no_page(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("page") is not None:
            raise ValueError("Use either page or cursor.")
        return value

    @property
    def about_time(self) -> bool:
        """Whether the answer changes as time passes."""
        return isinstance(self._when(), At | Now | Tonight)

    def to_criteria(self) -> Criteria:
        """Return the search as the domain knows it."""
        return Criteria(
            location=self.location,
            services=tuple(self.services),
            price_min=self.price_min,
            price_max=self.price_max,
            currency=self.currency,
            age_min=self.age_min,
            age_max=self.age_max,
            ethnicity=tuple(self.ethnicity),
            languages=tuple(self.languages),
            language=self.language,
            rating_min=self.rating_min or None,
            featured_only=self.featured_only,
            venue=self.venue,
            around=self._around(),
            when=self._when(),
            text=self.q,
            sort=Sort(self.sort_by) if self.sort_by else Sort.RELEVANCE,
            descending=(self.sort_order or _USUAL.get(self.sort_by or "", "asc")) == "desc",
        )

    def to_page(self) -> Page:
        """Return which part of the list is wanted."""
        return Page(self.limit, self.cursor, self.page or 1)

    def _around(self) -> Around | None:
        if self.lat is None or self.lon is None:
            return None
        return Around(self.lat, self.lon, self.radius_km or DEFAULT_RADIUS_KM)

    def _when(self) -> When | None:
        minutes = self.duration or DEFAULT_MINUTES
        if self.available_at is not None:
            return At(self.available_at, minutes)
        if self.available_now or self.availability == "now":
            return Now(minutes)
        if self.availability == "tonight":
            return Tonight(minutes)
        return Weekday(WEEKDAYS.index(self.availability) + 1) if self.availability else None


def _only_one(info: ValidationInfo, *others: str) -> None:
    if any(info.data.get(name) for name in others):
        raise ValueError("Give one time: availability, availableAt or availableNow.")


_USUAL = {"rating": "desc", "created_at": "desc"}
_KNOWN: dict[str, Collection[str]] = {
    "services": SERVICES,
    "ethnicity": ETHNICITIES,
    "languages": LANGUAGES,
    "language": LANGUAGES,
    "currency": CURRENCIES,
    "availability": (*_MOMENTS, *WEEKDAYS),
}
