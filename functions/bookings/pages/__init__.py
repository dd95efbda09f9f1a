"""Pages of bookings over the same use cases as the JSON API; all work without scripts.

A client requests a booking in steps (`request_wizard`) and follows it in
`client_list` and `client_booking`. A provider's pages are part of the dashboard: `inbox`,
`provider_booking`, `provider_calendar`, `provider_settings`.
"""

from bookings.pages import (
    client_booking,
    client_list,
    inbox,
    provider_booking,
    provider_calendar,
    provider_settings,
    request_wizard,
)

routers = (
    request_wizard.fragment_router,
    request_wizard.router,
    client_list.router,
    client_booking.page_router,
    client_booking.router,
    provider_calendar.router,
    provider_settings.router,
    inbox.router,
    provider_booking.router,
)
