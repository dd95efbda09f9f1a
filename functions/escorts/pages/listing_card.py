"""Listing card of a profile in a result list."""

from dataclasses import dataclass
from uuid import UUID

from escorts.domain.vocabulary import LANGUAGES
from escorts.pages.labels import price_from
from escorts.repository.search_rows import FoundProfile, TourStay

_MAX_LANGUAGES = 3
"""Number of languages that fit on one line of a phone."""


@dataclass(frozen=True, slots=True)
class ListingCard:
    """View model of a listing card."""

    id: UUID
    slug: str
    name: str
    age: int
    place: str
    tour_stay: str
    languages: str
    price: str
    rating: str
    featured: bool


def listing_card(found: FoundProfile) -> ListingCard:
    """Return the listing card of a search result."""
    profile, content = found.profile, found.profile.content
    part = content.locations[0].place if content.locations else ""
    rates = [rate for rate in content.rates if rate.price.currency == found.price_currency]
    names = [LANGUAGES.get(code, code) for code in content.languages]
    more = len(names) - _MAX_LANGUAGES
    return ListingCard(
        id=profile.id,
        slug=profile.slug,
        name=content.name,
        age=profile.age,
        place=" · ".join(dict.fromkeys(filter(None, (profile.city_name, part)))),
        tour_stay=_tour_stay_label(found.tour_stay) if found.tour_stay else "",
        languages=", ".join(names[:_MAX_LANGUAGES]) + (f" +{more}" if more > 0 else ""),
        price=price_from(rates),
        rating=f"{found.rating:.1f} ({found.review_count})" if found.rating is not None else "",
        featured=found.featured,
    )


def _tour_stay_label(visit: TourStay) -> str:
    """Return the label of a tour stay: city and last day."""
    return f"Visiting {visit.city_name} until {visit.last_day.day} {visit.last_day:%B}"
