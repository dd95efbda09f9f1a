"""Pages of the provider's dashboard, `/{slug}/admin`."""

from escorts.pages.dashboard import (
    appearance,
    close_profile,
    exceptions,
    overview,
    profile,
    rates_and_locations,
    tours,
    visibility,
    weekly_hours,
)

routers = (
    overview.router,
    profile.router,
    rates_and_locations.router,
    weekly_hours.router,
    exceptions.router,
    tours.router,
    visibility.router,
    appearance.router,
    close_profile.router,
)
