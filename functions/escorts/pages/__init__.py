"""Pages of the directory over the same use cases as the JSON API; all work without scripts.

`/{slug}` takes whatever is left, so it comes last.
"""

from escorts.pages import (
    admin,
    directory,
    favourites,
    gate,
    profile,
    provider,
    saved,
    sitemaps,
    staff,
)

routers = (
    provider.router,
    *admin.routers,
    staff.router,
    gate.router,
    sitemaps.router,
    favourites.router,
    saved.router,
    directory.router,
    profile.router,
)

__all__ = ["routers"]
