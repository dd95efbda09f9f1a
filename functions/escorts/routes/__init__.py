"""JSON API of the directory. The owner's and staff's fixed words come before `{id_or_slug}`."""

from escorts.routes import owner, public, staff

routers = (owner.router, staff.router, public.router)

__all__ = ["routers"]
