"""Pages of bookings over the same use cases as the JSON API; all work without scripts.

A client asks in steps (`choosing`, `asking`) and sees what became of it (`mine`, `booking`). A
provider's are in her own room (`rooms`): `inbox`, `room_booking`, `room_calendar`, `room_settings`.
"""

from bookings.pages import (
    client_booking,
    client_list,
    inbox,
    provider_booking,
    provider_calendar,
    provider_settings,
    request_steps,
    request_wizard,
)

routers = (
    request_steps.fragment,
    request_steps.router,
    request_wizard.router,
    client_list.router,
    client_booking.page,
    client_booking.router,
    provider_calendar.router,
    provider_settings.router,
    inbox.router,
    provider_booking.router,
)
