"""JSON API of the directory. The owner's and staff's fixed words come before `{id_or_slug}`."""

from escorts.routes import owner, public, room, staff

routers = (owner.router, room.router, staff.router, public.router)

__all__ = ["routers"]
