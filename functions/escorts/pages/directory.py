"""Pages for everybody: choosing a city, the list, a profile."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from escorts.dependencies import PublicSide
from escorts.domain.profile import PublicProfile
from escorts.pages.words import picture, price_from, sight
from escorts.service.browsing import Listing, MovedTo
from kit.auth import public
from kit.errors import Invalid
from kit.pages import Form, Pages

PER_PAGE = 24
pages = Pages("escorts")
router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[public()])
async def start_page(
    request: Request, browsing: PublicSide, location: str = "", cursor: str = ""
) -> HTMLResponse:
    """Show the cities, and who may be found in the chosen one."""
    form = Form({"location": location})
    try:
        listing = browsing.listing(location or None, cursor or None, PER_PAGE)
    except Invalid as error:
        form = Form({"location": location}, {error.field or "": error.message})
        listing = Listing(None, [], None)
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
        continued=bool(cursor),
        **_results(listing),
    )


@router.get("/_results", dependencies=[public()])
async def results_fragment(
    request: Request, browsing: PublicSide, location: str = "", cursor: str = ""
) -> HTMLResponse:
    """Return the list alone, for htmx: all of it for another city, the rest for "show more"."""
    listing = browsing.listing(location or None, cursor or None, PER_PAGE)
    template = "_cards.html" if cursor else "_results.html"
    # A new choice is a place to come back to; a longer list is not.
    headers = {} if cursor else {"HX-Push-Url": _address("/", location, None)}
    return pages.render(request, template, headers=headers, continued=False, **_results(listing))


@router.get("/{slug}", dependencies=[public()])
async def profile_page(request: Request, slug: str, browsing: PublicSide) -> Response:
    """Show a profile at its own address; a former address leads to it."""
    found = browsing.find(slug)
    if isinstance(found, MovedTo):
        return RedirectResponse(f"/{found.slug}", 301)
    if slug != found.slug:
        return RedirectResponse(f"/{found.slug}", 302)
    return pages.render(
        request, "profile.html", sight=sight(found), verified_at=found.verified_at, picture=picture
    )


def _results(listing: Listing) -> dict[str, Any]:
    city = listing.city.slug if listing.city else ""
    cursor = listing.next_cursor
    return {
        "city": listing.city,
        "cards": [_card(profile) for profile in listing.profiles],
        "next_url": _address("/", city, cursor) if cursor else "",
        "fragment_url": _address("/_results", city, cursor) if cursor else "",
        "picture": picture,
    }


def _card(profile: PublicProfile) -> dict[str, object]:
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
