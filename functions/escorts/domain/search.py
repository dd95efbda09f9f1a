"""What can be asked of the directory, as plain values."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from math import asin, cos, degrees, floor, radians, sin
from uuid import UUID

from escorts.domain.offer import Venue

CAP = 200
"""Counts stop here: "200+" says all that anybody wants to know."""
LARGEST_RADIUS_KM = 200.0
DEFAULT_RADIUS_KM = 25.0
DEFAULT_MINUTES = 60
MINOR_UNITS = 100
"""Of every currency of the directory."""
DEEPEST = 1000
"""How far page numbers reach; a cursor reaches everything."""
_EARTH_KM = 6371.0
_ROWS, _COLUMNS, _SQUARE = 720, 1440, 25
_MARGIN = 0.01


class Sort(StrEnum):
    """Orders of the list."""

    RELEVANCE = "relevance"
    RATING = "rating"
    PRICE = "price"
    NAME = "name"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class Around:
    """A circle on the map."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True)
class At:
    """Free for `minutes` from this moment on; without a zone it is the city's own time."""

    moment: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Now:
    """Free for `minutes` from now on."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Tonight:
    """Free for `minutes`, beginning between 18:00 (or now) and 02:00, the city's time."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """Some hours on this day of the week (Monday is 1)."""

    number: int


type When = At | Now | Tonight | Weekday


@dataclass(frozen=True, slots=True)
class Criteria:
    """One search. Everything given must hold; `languages` and `ethnicity` ask for any of theirs."""

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
    around: Around | None = None
    when: When | None = None
    text: str | None = None
    sort: Sort = Sort.RELEVANCE
    descending: bool = False
    among: tuple[UUID, ...] | None = None
    """Only these profiles: who asks later, about newcomers."""

    @property
    def about_price(self) -> bool:
        """Whether amounts matter, which are comparable within one currency only."""
        given = self.price_min is not None or self.price_max is not None
        return given or self.sort is Sort.PRICE

    def fingerprint(self) -> str:
        """Return what tells this search from another one; a cursor carries it."""
        said = "|".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
        return sha256(said.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Position:
    """A row's place in the list: its part, its key there, its id."""

    part: int
    key: str
    id: UUID


def cells(around: Around) -> list[int]:
    """Return the quarter-degree squares that the circle may touch (`escorts.search_cell`)."""
    reach = around.radius_km / _EARTH_KM
    height = degrees(reach) + _MARGIN
    south, north = around.latitude - height, around.latitude + height
    width = sin(reach) / max(cos(radians(around.latitude)), 1e-9)
    if south <= -90 or north >= 90 or width >= 1:
        columns = range(_COLUMNS)
    else:
        east = degrees(asin(width)) + _MARGIN
        columns = range(
            _square(around.longitude - east, 180), _square(around.longitude + east, 180) + 1
        )
        if len(columns) >= _COLUMNS:
            columns = range(_COLUMNS)
    rows = range(max(0, _square(south, 90)), min(_ROWS - 1, _square(north, 90)) + 1)
    return [row * _COLUMNS + column % _COLUMNS for row in rows for column in columns]


def _square(angle: float, shift: int) -> int:
    return floor((angle + shift) * 100 / _SQUARE)
