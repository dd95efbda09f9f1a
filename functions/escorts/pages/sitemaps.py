"""robots.txt, and sitemaps of the profiles and cities that are public now."""

from collections.abc import Iterable
from datetime import datetime
from re import fullmatch
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from escorts.dependencies import UnitOfWorkDep
from escorts.pages.seo import absolute_url
from escorts.repository import public_directory
from escorts.repository.sitemaps import SitemapRepository
from kit import clock
from kit.auth import public
from kit.errors import NotFound
from kit.http import capped_max_age, public_cache_control
from kit.i18n import gettext as _
from kit.settings import env_optional

PER_SITEMAP = 10_000
CACHE_SECONDS = 3600
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PRIVATE_PATHS = ("/_", "/account", "/api/", "/favourites", "/login", "/profile", "/register", "/reset",
            "/saved-searches", "/staff/", "/verify")  # fmt: skip
router = APIRouter(include_in_schema=False, dependencies=[public()])

type SitemapUrl = tuple[str, datetime]


@router.get("/robots.txt")
async def robots() -> Response:
    """Return robots.txt: private paths are disallowed; outside production, all paths."""
    closed = _PRIVATE_PATHS if env_optional("STAGE") == "prod" else ("/",)
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), "",
             f"Sitemap: {absolute_url('/sitemap.xml')}", ""]  # fmt: skip
    return PlainTextResponse(
        "\n".join(lines), headers={"cache-control": public_cache_control(CACHE_SECONDS)}
    )


@router.get("/sitemap.xml")
async def sitemap_index(work: UnitOfWorkDep) -> Response:
    """Return the sitemap index."""
    with public_directory(work):
        parts = SitemapRepository(work).parts(PER_SITEMAP)
    items = [(f"/sitemaps/profiles-{part.first.hex}.xml", part.last_modified) for part in parts]
    if parts:
        items.insert(0, ("/sitemaps/cities.xml", max(part.last_modified for part in parts)))
    return _xml_response("sitemapindex", "sitemap", items)


@router.get("/sitemaps/{name}")
async def sitemap(name: str, work: UnitOfWorkDep) -> Response:
    """Return the sitemap of a part of the profiles, or of the cities."""
    if name == "cities.xml":
        return _cities_sitemap(work)
    found = fullmatch(r"profiles-([0-9a-f]{32})\.xml", name)
    if found is None:
        raise NotFound("no-such-sitemap", _("There is no such sitemap."))
    with public_directory(work):
        entries = SitemapRepository(work).profiles(UUID(found[1]), PER_SITEMAP)
    seconds = capped_max_age(CACHE_SECONDS, clock.now(), *(entry.public_until for entry in entries))
    return _xml_response(
        "urlset", "url", ((f"/{one.slug}", one.last_modified) for one in entries), seconds
    )


def _cities_sitemap(work: UnitOfWorkDep) -> Response:
    with public_directory(work):
        offered = SitemapRepository(work).city_services()
    items: list[SitemapUrl] = [
        (f"/city/{one.city}/{one.service}".rstrip("/"), one.last_modified) for one in offered
    ]
    if items:
        items.insert(0, ("/", max(changed for _, changed in items)))
    return _xml_response("urlset", "url", items)


def _xml_response(
    root: str, item: str, items: Iterable[SitemapUrl], seconds: int = CACHE_SECONDS
) -> Response:
    """Return the XML; URLs need no escaping, since paths have letters, digits and hyphens only."""
    listed = "".join(
        f"<{item}><loc>{absolute_url(path)}</loc>"
        f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod></{item}>\n"
        for path, changed in items
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="{_NAMESPACE}">\n{listed}</{root}>\n'
    )
    headers = {"cache-control": public_cache_control(seconds)}
    return Response(text, media_type="application/xml", headers=headers)
