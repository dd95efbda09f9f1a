"""Pages for everybody: choosing a city, and the list."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from escorts.adults import pages_for_adults
from escorts.dependencies import PublicSide, Searching
from escorts.domain.search import Criteria
from escorts.pages.seo import start_meta
from escorts.pages.words import picture, price_from, sight
from escorts.repository.search import FoundProfile
from escorts.service.search import Page, Results, Search
from kit import clock
from kit.auth import public
from kit.errors import Invalid
from kit.http import lifetime
from kit.pages import Form, Pages

PER_PAGE = 24
LIST_SECONDS = 300
pages = Pages("escorts")
router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[public(), pages_for_adults])
async def start_page(
    request: Request,
    browsing: PublicSide,
    search: Searching,
    location: str = "",
    cursor: str = "",
) -> HTMLResponse:
    """Show the cities, and who may be found in the chosen one."""
    form = Form({"location": location})
    try:
        listing: Results | None = _found(search, location, cursor)
    except Invalid as error:
        form = Form({"location": location}, {error.field or "": error.message})
        listing = None
    cities = [
        (item.city.slug, _with_count(item.city.name, item.profiles)) for item in browsing.cities()
    ]
    return pages.render(
        request,
        "directory.html",
        422 if form.errors else 200,
        form=form,
        cities=cities,
        total=len(cities),
        meta=start_meta(index=not request.url.query),
        cache_seconds=_lifetime(listing),
        continued=bool(cursor),
        **_results(listing),
    )


@router.get("/_results", dependencies=[public(), pages_for_adults])
async def results_fragment(
    request: Request, search: Searching, location: str = "", cursor: str = ""
) -> HTMLResponse:
    """Return the list alone, for htmx: all of it for another city, the rest for "show more"."""
    listing = _found(search, location, cursor)
    template = "_cards.html" if cursor else "_results.html"
    # A new choice is a place to come back to; a longer list is not.
    headers = {} if cursor else {"HX-Push-Url": _address("/", location, None)}
    return pages.render(
        request,
        template,
        cache_seconds=_lifetime(listing),
        headers=headers,
        continued=False,
        **_results(listing),
    )


def _lifetime(listing: Results | None) -> int:
    until = (item.profile.public_until for item in listing.items) if listing else ()
    return lifetime(LIST_SECONDS, clock.now(), *until)


def _found(search: Search, location: str, cursor: str) -> Results:
    page = Page(PER_PAGE, cursor or None)
    return search.find(Criteria(location=location or None), page, summarise=False)


def _results(listing: Results | None) -> dict[str, Any]:
    city = listing.city.slug if listing and listing.city else ""
    cursor = listing.next_cursor if listing else None
    return {
        "city": listing.city if listing else None,
        "cards": [_card(item) for item in listing.items] if listing else [],
        "next_url": _address("/", city, cursor) if cursor else "",
        "fragment_url": _address("/_results", city, cursor) if cursor else "",
        "picture": picture,
    }


def _card(item: FoundProfile) -> dict[str, object]:
    profile = item.profile
    shown = sight(profile)
    return {
        "id": profile.id,
        "slug": profile.slug,
        "name": shown.name,
        "age": shown.age,
        "meta": " · ".join(dict.fromkeys([profile.city_name, *shown.places[:2]])),
        "price": price_from(profile.content.rates),
    }


def _address(path: str, city: str, cursor: str | None) -> str:
    query = urlencode(
        {key: value for key, value in (("location", city), ("cursor", cursor)) if value}
    )
    return f"{path}?{query}" if query else path


def _with_count(name: str, count: int) -> str:
    return f"{name} ({count})"
