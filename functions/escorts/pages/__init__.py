"""Pages of the directory over the same use cases as the JSON API; all work without scripts.

`/{slug}` takes whatever is left, so it comes last.
"""

from escorts.pages import directory, offer, provider, staff

routers = (provider.router, offer.router, staff.router, directory.router)

__all__ = ["routers"]
