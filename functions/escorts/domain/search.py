"""Search criteria of the directory, as plain values."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from math import asin, cos, degrees, floor, radians, sin
from uuid import UUID

from contracts.services import SERVICES
from escorts.domain.offer import Venue
from escorts.domain.vocabulary import CURRENCIES, ETHNICITIES, LANGUAGES

COUNT_CAP = 200
"""Largest exact result count; beyond it pages show "200+"."""
MAX_RADIUS_KM = 200.0
DEFAULT_RADIUS_KM = 25.0
DEFAULT_MINUTES = 60
MINOR_UNITS = 100
"""Minor units in one unit of each currency of the directory."""
MAX_PAGED_ROWS = 1000
"""Last row that page numbers can reach; cursors have no such limit."""
_EARTH_KM = 6371.0
_ROWS, _COLUMNS, _CELL_SIZE = 720, 1440, 25
_MARGIN = 0.01


class Sort(StrEnum):
    """Sort orders of the result list."""

    RELEVANCE = "relevance"
    RATING = "rating"
    PRICE = "price"
    NAME = "name"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class GeoRadius:
    """Circle on the map, as a search filter."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class FreeAt:
    """Free for `minutes` from `start` on; a naive `start` is in the city's time zone."""

    start: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class FreeNow:
    """Free for `minutes` from now on."""

    minutes: int


@dataclass(frozen=True, slots=True)
class FreeTonight:
    """Free for `minutes`, starting between 18:00 (or now) and 02:00 in the city's time zone."""

    minutes: int


@dataclass(frozen=True, slots=True)
class FreeOnWeekday:
    """Weekly hours on this day of the week (Monday is 1)."""

    number: int


type AvailabilityFilter = FreeAt | FreeNow | FreeTonight | FreeOnWeekday


@dataclass(frozen=True, slots=True)
class Criteria:
    """Filters and sort order of one search.

    All given filters must match; of `languages` and `ethnicity` one listed value is enough.
    """

    location: str | None = None
    services: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    currency: str | None = None
    age_min: int | None = None
    age_max: int | None = None
    ethnicity: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    language: str | None = None
    rating_min: float | None = None
    featured_only: bool = False
    venue: Venue | None = None
    within: GeoRadius | None = None
    availability: AvailabilityFilter | None = None
    text: str | None = None
    sort: Sort = Sort.RELEVANCE
    descending: bool = False
    profile_ids: tuple[UUID, ...] | None = None
    """Restrict the search to these profiles; the saved-search job passes new listings here."""

    @property
    def compares_price(self) -> bool:
        """Tell whether prices are compared, which is possible within one currency only."""
        filters_by_price = self.price_min is not None or self.price_max is not None
        return filters_by_price or self.sort is Sort.PRICE

    def fingerprint(self) -> str:
        """Return a short hash of all criteria; cursors carry it to detect changed filters."""
        text = "|".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
        return sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Declaration of a search filter.

    The layers keep their part of a filter under the same name: its request parameters in
    `schemas/search.py`, its SQL condition in `repository/search_filters.py`, and its label in
    `pages/filters.py`.
    """

    vocabulary: Collection[str] = ()
    """Accepted values, if they are a list."""
    facet: str | None = None
    """Kind in `escorts.facet_values`, if the search index stores the values as a bitmask."""


FILTERS = {
    "location": SearchFilter(),
    "services": SearchFilter(SERVICES, facet="service"),
    "price_min": SearchFilter(),
    "price_max": SearchFilter(),
    "currency": SearchFilter(CURRENCIES),
    "age_min": SearchFilter(),
    "age_max": SearchFilter(),
    "ethnicity": SearchFilter(ETHNICITIES, facet="ethnicity"),
    "languages": SearchFilter(LANGUAGES, facet="language"),
    "language": SearchFilter(LANGUAGES, facet="language"),
    "rating_min": SearchFilter(),
    "featured_only": SearchFilter(),
    "venue": SearchFilter(facet="venue"),
    "within": SearchFilter(),
    "availability": SearchFilter(),
    "text": SearchFilter(),
}
"""Filters that a caller may give, by their field of `Criteria`."""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Position of a row in the result list: part of the list, sort key within it, profile id."""

    part: int
    key: str
    id: UUID


def grid_cells(within: GeoRadius) -> list[int]:
    """Return the quarter-degree grid cells that the circle may touch (`escorts.grid_cell_of`)."""
    reach = within.radius_km / _EARTH_KM
    height = degrees(reach) + _MARGIN
    south, north = within.latitude - height, within.latitude + height
    width = sin(reach) / max(cos(radians(within.latitude)), 1e-9)
    if south <= -90 or north >= 90 or width >= 1:
        columns = range(_COLUMNS)
    else:
        east = degrees(asin(width)) + _MARGIN
        columns = range(
            _grid_index(within.longitude - east, 180), _grid_index(within.longitude + east, 180) + 1
        )
        if len(columns) >= _COLUMNS:
            columns = range(_COLUMNS)
    rows = range(max(0, _grid_index(south, 90)), min(_ROWS - 1, _grid_index(north, 90)) + 1)
    return [row * _COLUMNS + column % _COLUMNS for row in rows for column in columns]


def _grid_index(angle: float, shift: int) -> int:
    return floor((angle + shift) * 100 / _CELL_SIZE)
