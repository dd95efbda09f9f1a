"""A provider's own room, `/{slug}/admin`: all its pages."""

from escorts.pages import (
    admin_close,
    admin_dates,
    admin_look,
    admin_offer,
    admin_overview,
    admin_profile,
    admin_tours,
    admin_visibility,
    admin_week,
)

routers = (
    admin_overview.router,
    admin_profile.router,
    admin_offer.router,
    admin_week.router,
    admin_dates.router,
    admin_tours.router,
    admin_visibility.router,
    admin_look.router,
    admin_close.router,
)
