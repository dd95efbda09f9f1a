"""JSON API of the directory. Fixed words come before `{id_or_slug}`."""

from escorts.routes import availability, owner, public, room, saved, search, staff, views

routers = (
    owner.router,
    availability.router,
    room.router,
    staff.router,
    saved.router,
    search.router,
    views.router,
    public.router,
)

__all__ = ["routers"]
