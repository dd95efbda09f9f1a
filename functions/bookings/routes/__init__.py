"""JSON API of bookings. Routes with fixed words precede `{booking_id}`."""

from bookings.routes import actions, bookings, feeds, proposals, quotes, settings, waitlist

routers = (
    quotes.router,
    settings.router,
    waitlist.router,
    feeds.router,
    bookings.router,
    actions.router,
    proposals.router,
)

__all__ = ["routers"]
