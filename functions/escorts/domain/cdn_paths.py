"""Which public addresses show a profile, and so must be forgotten at the edge when it changes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

API = "/api/v1/escorts"
# Lists are kept for minutes. That is soon enough for what changed, not for who is gone.
LISTS = ("/", "/?*", "/_results*", "/city/*", "/sitemap*", f"{API}*")


def own_pages(profile_id: UUID, slugs: Sequence[str]) -> list[str]:
    """Return the addresses of the profile itself; they are kept without a query only."""
    pages = [f"/{slug}" for slug in slugs]
    return [*pages, *(f"{API}/{name}" for name in (*slugs, profile_id))]


def without_covered(paths: Iterable[str]) -> list[str]:
    """Return `paths` without those that a longer-reaching one covers."""
    wanted = list(dict.fromkeys(paths))
    reaching = [path[:-1] for path in wanted if path.endswith("*")]
    return [
        path
        for path in wanted
        if path.endswith("*") or not any(path.startswith(start) for start in reaching)
    ]
