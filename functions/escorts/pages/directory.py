"""Public directory pages: the home page with the filters, and landing pages of cities."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contracts.services import SERVICES
from escorts.age_gate import PAGE_AGE_GATE, VARY
from escorts.dependencies import PublicProfilesDep, SearchDep
from escorts.domain.profiles import City
from escorts.pages import form_options
from escorts.pages.filters import PageFilters, read_filters
from escorts.pages.labels import render_avatar, service_label
from escorts.pages.listing_card import listing_card
from escorts.pages.seo import PageMeta, city_meta, home_meta
from escorts.service.public_profiles import CityCount, PublicProfiles
from escorts.service.search import Search, SearchResults
from kit import clock, formats
from kit.auth import public
from kit.errors import Invalid, NotFound
from kit.http import capped_max_age
from kit.i18n import gettext as _
from kit.pages import TemplateRenderer

LIST_SECONDS, NOW_SECONDS = 300, 60
PUBLIC_PAGE = [public(), PAGE_AGE_GATE]
pages = TemplateRenderer("escorts")
router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=PUBLIC_PAGE)
async def home_page(request: Request, profiles: PublicProfilesDep, search: SearchDep) -> Response:
    """Render the home page: the filters and the matching profiles."""
    filters, results = _run_search(search, read_filters(request.query_params))
    meta = home_meta(indexable=not request.url.query)
    if results and results.city and not filters.is_continued and _filters_by_city_only(filters):
        # The city's landing page shows the same list and is the canonical URL.
        meta = city_meta(results.city, None, indexable=False)
    return _render_page(request, profiles, filters, results, meta)


@router.get("/_results", dependencies=PUBLIC_PAGE)
async def results_fragment(request: Request, search: SearchDep) -> Response:
    """Return the result list for htmx: the whole list for new filters, the rest for "show more"."""
    filters, results = _run_search(search, read_filters(request.query_params))
    template = "_cards.html" if filters.is_continued and results else "_results.html"
    # New filters get a history entry of the browser; a longer list does not.
    headers = {} if filters.is_continued else {"HX-Push-Url": filters.url()}
    return _render(request, template, filters, results, headers=headers)


@router.get("/city/{city}", dependencies=PUBLIC_PAGE)
async def city_page(
    request: Request, city: str, profiles: PublicProfilesDep, search: SearchDep
) -> Response:
    """Render the landing page of a city."""
    return _render_landing(request, profiles, search, {"location": city})


@router.get("/city/{city}/{service}", dependencies=PUBLIC_PAGE)
async def service_page(
    request: Request, city: str, service: str, profiles: PublicProfilesDep, search: SearchDep
) -> Response:
    """Render the landing page of a service in a city."""
    if service not in SERVICES:
        raise NotFound("no-such-service", _("There is no such service."))
    return _render_landing(request, profiles, search, {"location": city, "services": service})


def _render_landing(
    request: Request, profiles: PublicProfiles, search: Search, path_filters: Mapping[str, str]
) -> Response:
    city = next(
        (
            item.city
            for item in profiles.list_cities()
            if item.city.slug == path_filters["location"]
        ),
        None,
    )
    if city is None:
        raise NotFound("no-such-city", _("There is no such city here."))
    filters = read_filters(request.query_params, path_filters)
    if not filters.is_unfiltered:
        # Other filters belong to the home page, so that each list has one URL.
        return RedirectResponse(filters.url(cursor=filters.first_value("cursor")), 302)
    filters, results = _run_search(search, filters)
    service = path_filters.get("services")
    found = bool(results and results.items)
    meta = city_meta(city, (service, service_label(service)) if service else None, indexable=found)
    return _render_page(request, profiles, filters, results, meta, landing=city)


def _run_search(search: Search, filters: PageFilters) -> tuple[PageFilters, SearchResults | None]:
    """Return the filters with the search results, or with errors and None."""
    if filters.query is None:
        return filters, None
    try:
        return filters, search.find(filters.query.to_criteria(), filters.page)
    except Invalid as error:
        field = error.field if error.field in filters.chosen else ""
        return PageFilters(
            filters.chosen, None, {field or "": error.message}, filters.path_filters
        ), None


def _render_page(
    request: Request,
    profiles: PublicProfiles,
    filters: PageFilters,
    results: SearchResults | None,
    meta: PageMeta,
    landing: City | None = None,
) -> HTMLResponse:
    cities = profiles.list_cities()
    return _render(
        request,
        "directory.html",
        filters,
        results,
        meta=meta,
        form=filters.form,
        options=form_options,
        city_options=[_city_option(item) for item in cities],
        listed=[item for item in cities if item.profiles],
        landing=landing,
        services=_service_links(results, landing),
    )


def _render(
    request: Request,
    template: str,
    filters: PageFilters,
    results: SearchResults | None,
    *,
    headers: dict[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    found = results.items if results else []
    until = (item.profile.public_until for item in found)
    # Results of time filters change as time passes.
    longest = NOW_SECONDS if filters.query and filters.query.is_time_dependent else LIST_SECONDS
    seconds = capped_max_age(longest, clock.now(), *until)
    status = 200 if results else 422
    return pages.render(
        request,
        template,
        status,
        cache_seconds=seconds,
        headers={"Vary": VARY} | (headers or {}),
        **_list_context(filters, results),
        **context,
    )


def _list_context(filters: PageFilters, results: SearchResults | None) -> dict[str, Any]:
    cursor = results.next_cursor if results else None
    city = results.city.name if results and results.city else ""
    return {
        "filters": filters,
        "chips": filters.chips(city or filters.first_value("location")),
        "city": city,
        "results_title": _results_title(filters, results, city),
        "similar_names": results.similar_names if results else False,
        "cards": [listing_card(item) for item in results.items] if results else [],
        "refused": results is None,
        "next_url": filters.url(cursor=cursor) if cursor else "",
        "fragment_url": filters.url("/_results", cursor=cursor) if cursor else "",
        "render_avatar": render_avatar,
    }


def _results_title(filters: PageFilters, results: SearchResults | None, city: str) -> str:
    if results is None:
        return _("No results shown")
    if filters.is_continued:
        return _("More in %(city)s", city=city) if city else _("More")
    return form_options.format_total(results.summary.total, city) if results.summary else ""


def _service_links(
    results: SearchResults | None, landing: City | None
) -> list[tuple[str, str, int]]:
    """Return the services offered in a city: URL, label, number of profiles."""
    if landing is None or results is None or results.summary is None:
        return []
    return [
        (f"/city/{landing.slug}/{facet.value}", service_label(facet.value), facet.count)
        for facet in results.summary.facets["services"]
    ]


def _filters_by_city_only(filters: PageFilters) -> bool:
    return set(filters.chosen) == {"location"}


def _city_option(item: CityCount) -> tuple[str, str]:
    return (
        item.city.slug,
        f"{item.city.name} ({formats.format_number(item.profiles)})"
        if item.profiles
        else item.city.name,
    )
