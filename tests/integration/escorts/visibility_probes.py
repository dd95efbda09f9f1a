"""Probes of all public reads of a profile, and whether each shows it."""

from typing import Any
from uuid import UUID

from tests.factories.escorts import API
from tests.fixtures.functions import FunctionClient

HTML = {"accept": "text/html"}
SITEMAP = f"/sitemaps/profiles-{UUID(int=0).hex}.xml"


class VisibilityProbes:
    """Public reads of one profile by a visitor; its city has no other profiles."""

    def __init__(
        self, visitor: FunctionClient, profile_id: UUID, slug: str, former: str, city: str
    ) -> None:
        self._get = visitor.get
        self._id, self._slug, self._former, self._city = profile_id, slug, former, city

    def check_all(self) -> dict[str, bool]:
        """Return for each public read whether the profile is shown."""
        return self._programs() | self._pages() | self._crawlers()

    def _programs(self) -> dict[str, bool]:
        address = f"{API}/{self._id}"
        cities = {one["slug"]: one["profiles"] for one in self._json(f"{API}/cities")["items"]}
        here = self._json(f"{API}?location={self._city}")
        return {
            "list": self._is_in(f"{API}?limit=50"),
            "city": self._is_in(f"{API}?location={self._city}"),
            "near": self._is_in(f"{API}/search?lat=52.52&lon=13.4&location={self._city}"),
            "words": self._is_in(f"{API}?q=long+dinners&location={self._city}"),
            "alike": self._is_in(f"{API}?q=mirra+valenn&location={self._city}"),
            "total": here["total"]["value"] == 1,
            "facet": here["facets"]["services"] != [],
            "id": self._status(address) == 200,
            "slug": self._status(f"{API}/{self._slug}") == 200,
            "former slug": self._status(f"{API}/{self._former}") == 301,
            "avatar": self._status(f"{address}/avatar.svg") == 200,
            "hours": self._status(f"{address}/hours") == 200,
            "count": cities.get(self._city, 0) == 1,
        }

    def _pages(self) -> dict[str, bool]:
        return {
            "start page": self._is_linked(f"/?location={self._city}"),
            "results": self._is_linked(f"/_results?location={self._city}"),
            "city page": self._is_linked(f"/city/{self._city}"),
            "service page": self._is_linked(f"/city/{self._city}/dinner"),
            "page": self._status(f"/{self._slug}") == 200,
            "former page": self._status(f"/{self._former}") == 301,
        }

    def _crawlers(self) -> dict[str, bool]:
        return {
            "sitemap": f"/{self._slug}<" in self._get(SITEMAP).text,
            "sitemap of cities": f"/city/{self._city}<" in self._get("/sitemaps/cities.xml").text,
        }

    def _json(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._get(path).json
        return found

    def _status(self, path: str) -> int:
        return self._get(path, headers=HTML if not path.startswith(API) else None).status

    def _is_in(self, path: str) -> bool:
        return str(self._id) in {item["id"] for item in self._json(path)["items"]}

    def _is_linked(self, path: str) -> bool:
        return f'href="/{self._slug}"' in self._get(path, headers=HTML).text
