"""Response models of the search."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from escorts.repository.search_rows import FoundProfile, TourStay
from escorts.schemas.public_profiles import ProfileCard, RateView
from escorts.service.search import Facet, PageRequest, SearchResults
from kit.http import Response


class TourStayView(Response):
    """Tour stay in another city; both days belong to it."""

    city: str
    city_name: str
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")


class SearchResultCard(ProfileCard):
    """Profile in a result list; `featured` is a paid label and does not affect the order."""

    featured: bool
    rating: float | None = Field(description="1 to 5; null without reviews.")
    review_count: int
    distance_km: float | None = Field(description="From `lat` and `lon`, if given.")
    visit: TourStayView | None = Field(
        description="Stay in the result's city, if the provider is on tour there."
    )

    @classmethod
    def from_found_profile(cls, item: FoundProfile) -> Self:
        """Return the view of a result, with the price that was compared."""
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
    """Number of results; `capped` means at least this many ("200+")."""

    value: int
    capped: bool


class FacetView(Response):
    """Facet value with the number of profiles that have it."""

    value: str
    count: int

    @classmethod
    def list_from_domain(cls, facets: list[Facet]) -> list[Self]:
        """Return the views of the facets."""
        return [cls(value=facet.value, count=facet.count) for facet in facets]


class FacetsView(Response):
    """Facet counts of the results: exact, unless `total` is capped; then of 200 profiles."""

    services: list[FacetView]
    languages: list[FacetView]
    venues: list[FacetView]
    cities: list[FacetView]


class PageView(Response):
    """Page number information, for API clients that do not use cursors."""

    number: int
    limit: int
    has_more: bool


class SearchResultsView(Response):
    """One page of results; `total` and `facets` are null if a cursor was given."""

    items: list[SearchResultCard]
    next_cursor: str | None
    page: PageView | None
    total: TotalView | None
    facets: FacetsView | None
    alike: bool = Field(description="No profile matches `q`: the results have similar names.")

    @classmethod
    def from_domain(cls, results: SearchResults, page: PageRequest) -> Self:
        """Return the view of a page of results."""
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
