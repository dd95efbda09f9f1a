"""What a search finds, as rows of the projection and of the gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from escorts.domain.profiles import PublicProfile
from escorts.domain.search import Position
from escorts.repository.mappers import to_public


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the list, where she was found, and whether it has the words asked for."""

    position: Position
    city: str
    said: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """She is found where she does not live: both days belong to the stay."""

    city: str
    city_name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A public profile with what the projection adds."""

    profile: PublicProfile
    featured: bool
    rating: float | None
    review_count: int
    price_currency: str | None
    distance_km: float | None
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: rows whose `column` is one of `keys`, besides within `cities`."""

    column: str
    keys: list[str] | list[int]
    cities: list[str]
    narrow: bool

    @property
    def words(self) -> str:
        """The cities as a condition on words; nothing where it would be all of them."""
        return " | ".join(f"'#{city}'" for city in self.cities) if self.narrow else ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What facets count of a row."""

    id: UUID
    city: str
    services: int
    languages: int
    venues: int


def candidate(row: Mapping[str, Any]) -> Candidate:
    """Return a row of the list."""
    position = Position(row["part"], row["key"] or "", row["profile_id"])
    return Candidate(position, row["city"], row["said"])


def found(row: Mapping[str, Any]) -> FoundProfile:
    """Return a profile, read through the gate, with what the projection adds."""
    return FoundProfile(
        to_public(row),
        row["featured"],
        None if row["rating"] is None else float(row["rating"]),
        row["review_count"],
        row["price_currency"],
        row["distance_km"],
        Visit(row["city_slug"], row["visited"], row["first_day"], row["last_day"])
        if row["city_slug"]
        else None,
    )
