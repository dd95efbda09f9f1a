"""JSON API of bookings. Fixed words come before `{booking_id}`."""

from bookings.routes import bookings, feeds, moves, negotiating, offers, settings, waiting

routers = (
    offers.router,
    settings.router,
    waiting.router,
    feeds.router,
    bookings.router,
    moves.router,
    negotiating.router,
)

__all__ = ["routers"]
