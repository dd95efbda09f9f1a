"""What a search answers."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from escorts.repository.search_rows import FoundProfile, TourStay
from escorts.schemas.public_profiles import ProfileCard, RateView
from escorts.service.search import Facet, PageRequest, SearchResults
from kit.http import Response


class TourStayView(Response):
    """A stay away from home; both days belong to it."""

    city: str
    city_name: str
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")


class SearchResultCard(ProfileCard):
    """A companion in a list; `featured` is paid for, always said, and moves nobody up."""

    featured: bool
    rating: float | None = Field(description="1 to 5; null while nobody has rated.")
    review_count: int
    distance_km: float | None = Field(description="From the search's middle, if it has one.")
    visit: TourStayView | None = Field(description="Where she is found, if she is on tour there.")

    @classmethod
    def from_found_profile(cls, item: FoundProfile) -> Self:
        """Show a result. The price shown is the one that was compared."""
        card = ProfileCard.from_domain(item.profile)
        rates = [
            rate
            for rate in item.profile.content.rates
            if rate.price.currency == item.price_currency
        ]
        lowest = min(rates, key=lambda rate: rate.price.minor_units, default=None)
        price = RateView.from_domain(lowest) if lowest else None
        return cls(
            **card.model_dump(exclude={"price_from"}),
            price_from=price,
            featured=item.featured,
            rating=item.rating,
            review_count=item.review_count,
            distance_km=None if item.distance_km is None else round(item.distance_km, 1),
            visit=_tour_stay_view(item.tour_stay) if item.tour_stay else None,
        )


def _tour_stay_view(visit: TourStay) -> TourStayView:
    return TourStayView(
        city=visit.city,
        city_name=visit.city_name,
        first_day=visit.first_day,
        last_day=visit.last_day,
    )


class TotalView(Response):
    """How many there are; `capped` reads "200+"."""

    value: int
    capped: bool


class FacetView(Response):
    """A value, and how many have it."""

    value: str
    count: int

    @classmethod
    def list_from_domain(cls, facets: list[Facet]) -> list[Self]:
        """Show the values that anybody has."""
        return [cls(value=facet.value, count=facet.count) for facet in facets]


class FacetsView(Response):
    """What those found offer: exact, unless `total` is capped; then of the first 200 counted."""

    services: list[FacetView]
    languages: list[FacetView]
    venues: list[FacetView]
    cities: list[FacetView]


class PageView(Response):
    """For clients that count pages."""

    number: int
    limit: int
    has_more: bool


class SearchResultsView(Response):
    """One page of results. `total` and `facets` come with every page but those behind a cursor."""

    items: list[SearchResultCard]
    next_cursor: str | None
    page: PageView | None
    total: TotalView | None
    facets: FacetsView | None
    alike: bool = Field(description="Nobody has the words of `q`: these names are written alike.")

    @classmethod
    def from_domain(cls, results: SearchResults, page: PageRequest) -> Self:
        """Show a page of results."""
        summary = results.summary
        facets = {
            name: FacetView.list_from_domain(values)
            for name, values in (summary.facets if summary else {}).items()
        }
        return cls(
            items=[SearchResultCard.from_found_profile(item) for item in results.items],
            next_cursor=results.next_cursor,
            page=None
            if page.cursor
            else PageView(
                number=page.number, limit=page.limit, has_more=results.next_cursor is not None
            ),
            total=TotalView(value=summary.total.value, capped=summary.total.capped)
            if summary
            else None,
            facets=FacetsView(**facets) if summary else None,
            alike=results.similar_names,
        )
