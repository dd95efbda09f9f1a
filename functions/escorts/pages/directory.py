"""Pages for everybody: the start page with its filters, a city, a service in a city."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from escorts.age_gate import VARY, pages_for_adults
from escorts.dependencies import PublicProfilesDep, SearchDep
from escorts.domain.profiles import City
from escorts.domain.vocabulary import SERVICES
from escorts.pages import form_options
from escorts.pages.filters import Filters, read_filters
from escorts.pages.labels import picture
from escorts.pages.listing_card import card_of
from escorts.pages.seo import Meta, city_meta, start_meta
from escorts.service.public_profiles import CityCount, PublicProfiles
from escorts.service.search import Search, SearchResults
from kit import clock
from kit.auth import public
from kit.errors import Invalid, NotFound
from kit.http import capped_max_age
from kit.pages import TemplateRenderer

LIST_SECONDS, MOMENT_SECONDS = 300, 60
FOR_ALL = [public(), pages_for_adults]
pages = TemplateRenderer("escorts")
router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=FOR_ALL)
async def start_page(request: Request, browsing: PublicProfilesDep, search: SearchDep) -> Response:
    """Show the filters, and who may be found with those that hold."""
    filters, results = _search(search, read_filters(request.query_params))
    meta = start_meta(index=not request.url.query)
    if results and results.city and not filters.continued and _only_a_city(filters):
        # The same list has an address of its own, which is the one to remember.
        meta = city_meta(results.city, None, index=False)
    return _show(request, browsing, filters, results, meta)


@router.get("/_results", dependencies=FOR_ALL)
async def results_fragment(request: Request, search: SearchDep) -> Response:
    """Return the list alone, for htmx: all of it for another choice, the rest for "show more"."""
    filters, results = _search(search, read_filters(request.query_params))
    template = "_cards.html" if filters.continued and results else "_results.html"
    # A new choice is a place to come back to; a longer list is not.
    headers = {} if filters.continued else {"HX-Push-Url": filters.address()}
    return _render(request, template, filters, results, headers=headers)


@router.get("/city/{city}", dependencies=FOR_ALL)
async def city_page(
    request: Request, city: str, browsing: PublicProfilesDep, search: SearchDep
) -> Response:
    """Show who may be found in a city."""
    return _landing(request, browsing, search, {"location": city})


@router.get("/city/{city}/{service}", dependencies=FOR_ALL)
async def service_page(
    request: Request, city: str, service: str, browsing: PublicProfilesDep, search: SearchDep
) -> Response:
    """Show who offers a service in a city."""
    if service not in SERVICES:
        raise NotFound("no-such-service", "There is no such service.")
    return _landing(request, browsing, search, {"location": city, "services": service})


def _landing(
    request: Request, browsing: PublicProfiles, search: Search, home: Mapping[str, str]
) -> Response:
    city = next(
        (item.city for item in browsing.list_cities() if item.city.slug == home["location"]), None
    )
    if city is None:
        raise NotFound("no-such-city", "There is no such city here.")
    filters = read_filters(request.query_params, home)
    if not filters.empty:
        # Filters live on the start page: one list, one address.
        return RedirectResponse(filters.address(cursor=filters.one("cursor")), 302)
    filters, results = _search(search, filters)
    service = home.get("services")
    found = bool(results and results.items)
    meta = city_meta(city, (service, SERVICES[service]) if service else None, index=found)
    return _show(request, browsing, filters, results, meta, landing=city)


def _search(search: Search, filters: Filters) -> tuple[Filters, SearchResults | None]:
    """Return what is found, or the filters with what is wrong with them."""
    if filters.query is None:
        return filters, None
    try:
        return filters, search.find(filters.query.to_criteria(), filters.page)
    except Invalid as error:
        field = error.field if error.field in filters.chosen else ""
        return Filters(filters.chosen, None, {field or "": error.message}, filters.home), None


def _show(
    request: Request,
    browsing: PublicProfiles,
    filters: Filters,
    results: SearchResults | None,
    meta: Meta,
    landing: City | None = None,
) -> HTMLResponse:
    cities = browsing.list_cities()
    return _render(
        request,
        "directory.html",
        filters,
        results,
        meta=meta,
        form=filters.form,
        choices=form_options,
        places=[_place(item) for item in cities],
        listed=[item for item in cities if item.profiles],
        landing=landing,
        services=_services(results, landing),
    )


def _render(
    request: Request,
    template: str,
    filters: Filters,
    results: SearchResults | None,
    *,
    headers: dict[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    found = results.items if results else []
    until = (item.profile.public_until for item in found)
    # Who is free now changes by itself.
    longest = MOMENT_SECONDS if filters.query and filters.query.about_time else LIST_SECONDS
    seconds = capped_max_age(longest, clock.now(), *until)
    status = 200 if results else 422
    return pages.render(
        request,
        template,
        status,
        cache_seconds=seconds,
        headers={"Vary": VARY} | (headers or {}),
        **_list(filters, results),
        **context,
    )


def _list(filters: Filters, results: SearchResults | None) -> dict[str, Any]:
    cursor = results.next_cursor if results else None
    city = results.city.name if results and results.city else ""
    return {
        "filters": filters,
        "chips": filters.chips(city or filters.one("location")),
        "city": city,
        "total": form_options.total(results.summary.total) if results and results.summary else "",
        "alike": results.similar_names if results else False,
        "cards": [card_of(item) for item in results.items] if results else [],
        "refused": results is None,
        "next_url": filters.address(cursor=cursor) if cursor else "",
        "fragment_url": filters.address("/_results", cursor=cursor) if cursor else "",
        "picture": picture,
    }


def _services(results: SearchResults | None, landing: City | None) -> list[tuple[str, str, int]]:
    """Return what is offered in a city: address, words, how many."""
    if landing is None or results is None or results.summary is None:
        return []
    return [
        (f"/city/{landing.slug}/{facet.value}", SERVICES[facet.value], facet.count)
        for facet in results.summary.facets["services"]
    ]


def _only_a_city(filters: Filters) -> bool:
    return set(filters.chosen) == {"location"}


def _place(item: CityCount) -> tuple[str, str]:
    return (
        item.city.slug,
        f"{item.city.name} ({item.label})" if item.profiles else item.city.name,
    )
