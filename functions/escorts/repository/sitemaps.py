"""URLs of sitemaps: slugs of public profiles, and cities and services that have any."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

_PAGES = """
SELECT DISTINCT ON (page) id AS first, max(updated_at) OVER (PARTITION BY page) AS last_modified
FROM (SELECT id, updated_at, (row_number() OVER (ORDER BY id) - 1) / %s AS page
      FROM escorts.public_profiles_v1) AS numbered
ORDER BY page, id
"""
_PROFILES = """
SELECT slug, updated_at AS last_modified, public_until FROM escorts.public_profiles_v1
WHERE id >= %s ORDER BY id LIMIT %s
"""
_CITY_SERVICES = """
SELECT city, service, max(updated_at) AS last_modified
FROM escorts.public_profiles_v1, unnest(services || ''::text) AS offered (service)
GROUP BY city, service ORDER BY city, service
"""


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """Sitemap of the sitemap index; its first profile identifies it."""

    first: UUID
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """Profile in a sitemap."""

    slug: str
    last_modified: datetime
    public_until: datetime


@dataclass(frozen=True, slots=True)
class CityService:
    """City with public profiles, or (if `service` is set) a service offered there."""

    city: str
    service: str
    last_modified: datetime


class SitemapRepository:
    """Sitemap queries; use within `public_directory`, whose role sees public rows only."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def parts(self, size: int) -> list[SitemapPart]:
        """Return the first profile of each sitemap of `size` profiles."""
        return [SitemapPart(**row) for row in self._work.execute(_PAGES, (size,))]

    def profiles(self, first: UUID, size: int) -> list[SitemapEntry]:
        """Return `size` profiles from `first` on, by id, so that new profiles come last."""
        return [SitemapEntry(**row) for row in self._work.execute(_PROFILES, (first, size))]

    def city_services(self) -> list[CityService]:
        """Return the cities with public profiles, and the services offered in them."""
        return [CityService(**row) for row in self._work.execute(_CITY_SERVICES)]
