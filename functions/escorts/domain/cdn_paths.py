"""CDN paths that show a profile and must be invalidated when the profile changes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

API_PREFIX = "/api/v1/escorts"
# Lists are cached for minutes: short enough for changed profiles, too long for delisted ones.
LIST_PATHS = ("/", "/?*", "/_results*", "/city/*", "/sitemap*", f"{API_PREFIX}*")


def profile_paths(profile_id: UUID, slugs: Sequence[str]) -> list[str]:
    """Return the paths of the profile itself; they are cached without a query string only."""
    pages = [f"/{slug}" for slug in slugs]
    return [*pages, *(f"{API_PREFIX}/{name}" for name in (*slugs, profile_id))]


def remove_covered_paths(paths: Iterable[str]) -> list[str]:
    """Return the distinct `paths` without those that a wildcard path covers."""
    distinct = list(dict.fromkeys(paths))
    prefixes = [path[:-1] for path in distinct if path.endswith("*")]
    return [
        path
        for path in distinct
        if path.endswith("*") or not any(path.startswith(prefix) for prefix in prefixes)
    ]
