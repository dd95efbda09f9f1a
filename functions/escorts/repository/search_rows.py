"""Rows of search results, from the search index and the public profiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

from escorts.domain.profiles import PublicProfile
from escorts.domain.search import ListPosition
from escorts.repository.mappers import to_public


@dataclass(frozen=True, slots=True)
class Candidate:
    """Row of the result list: position, city in which it was found, and whether the text matches."""

    position: ListPosition
    city: str
    has_text: bool

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the candidate of a row of the list."""
        position = ListPosition(row["part"], row["key"] or "", row["profile_id"])
        return cls(position, row["city"], row["has_text"])


@dataclass(frozen=True, slots=True)
class TourStay:
    """Tour stay in another city than the home city; both days belong to the stay."""

    city: str
    city_name: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """Public profile with the columns that the search index adds."""

    profile: PublicProfile
    featured: bool
    rating: float | None
    review_count: int
    price_currency: str | None
    distance_km: float | None
    tour_stay: TourStay | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Return the public profile of a row, with the columns of the search index."""
        return cls(
            to_public(row),
            row["featured"],
            None if row["rating"] is None else float(row["rating"]),
            row["review_count"],
            row["price_currency"],
            row["distance_km"],
            TourStay(row["city_slug"], row["stay_city_name"], row["first_day"], row["last_day"])
            if row["city_slug"]
            else None,
        )


@dataclass(frozen=True, slots=True)
class SearchScope:
    """Scope of a search: rows whose `column` is one of `keys`, within `cities`."""

    column: str
    keys: list[str] | list[int]
    cities: list[str]
    is_restricted: bool

    @property
    def city_condition(self) -> str:
        """Return the cities as a text search condition; empty if all cities are searched."""
        return " | ".join(f"'#{city}'" for city in self.cities) if self.is_restricted else ""


@dataclass(frozen=True, slots=True)
class FacetRow:
    """Columns of a row that facets count."""

    id: UUID
    city: str
    services: int
    languages: int
    venues: int
