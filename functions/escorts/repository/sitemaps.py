"""What a sitemap lists: addresses that the gate lets through now, and nothing else about anybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.db import UnitOfWork

_PAGES = """
SELECT DISTINCT ON (page) id AS first, max(updated_at) OVER (PARTITION BY page) AS changed
FROM (SELECT id, updated_at, (row_number() OVER (ORDER BY id) - 1) / %s AS page
      FROM escorts.public_profiles_v1) AS numbered
ORDER BY page, id
"""
_PROFILES = """
SELECT slug, updated_at AS changed, public_until FROM escorts.public_profiles_v1
WHERE id >= %s ORDER BY id LIMIT %s
"""
_OFFERED = """
SELECT city, service, max(updated_at) AS changed
FROM escorts.public_profiles_v1, unnest(services || ''::text) AS offered (service)
GROUP BY city, service ORDER BY city, service
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A sitemap of the index: it begins with this profile."""

    first: UUID
    changed: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A profile's address."""

    slug: str
    changed: datetime
    public_until: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """A city with somebody in it, or (if named) a service that somebody offers there."""

    city: str
    service: str
    changed: datetime


class Sitemaps:
    """Reads for sitemaps; use it within `public_directory`, whose role sees public rows alone."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def parts(self, size: int) -> list[Part]:
        """Return where each sitemap of `size` profiles begins."""
        return [Part(**row) for row in self._work.execute(_PAGES, (size,))]

    def profiles(self, first: UUID, size: int) -> list[Entry]:
        """Return `size` profiles, from `first` on, by id: who joins comes last."""
        return [Entry(**row) for row in self._work.execute(_PROFILES, (first, size))]

    def offered(self) -> list[Offered]:
        """Return the cities, and the services in them."""
        return [Offered(**row) for row in self._work.execute(_OFFERED)]
