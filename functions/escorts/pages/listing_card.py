"""Listing card of a profile in a result list."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from escorts.pages.labels import price_from
from escorts.repository.search_rows import FoundProfile, TourStay
from kit import formats
from kit.i18n import gettext as _

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
    names = [formats.language_name(code) for code in content.languages]
    more = len(names) - _MAX_LANGUAGES
    return ListingCard(
        id=profile.id,
        slug=profile.slug,
        name=content.name,
        age=profile.age,
        place=" · ".join(dict.fromkeys(filter(None, (profile.city_name, part)))),
        tour_stay=_tour_stay_label(found.tour_stay) if found.tour_stay else "",
        languages=_list_languages(names[:_MAX_LANGUAGES], more),
        price=price_from(rates),
        rating=_rating(found),
        featured=found.featured,
    )


def _tour_stay_label(visit: TourStay) -> str:
    """Return the label of a tour stay: city and last day."""
    return _(
        "Visiting %(city)s until %(date)s",
        city=visit.city_name,
        date=formats.format_date(visit.last_day, "long-this-year"),
    )


def _list_languages(names: list[str], more: int) -> str:
    listed = formats.format_list(names, "unit-short")
    return f"{listed} +{formats.format_number(more)}" if more > 0 else listed


def _rating(found: FoundProfile) -> str:
    """Return the rating with one decimal and the number of reviews: "4.8 (12)"."""
    if found.rating is None:
        return ""
    rating = formats.format_number(Decimal(found.rating), decimals=1)
    return f"{rating} ({formats.format_number(found.review_count)})"
