"""All pages of bookings. Fixed words come before variables: a booking's id takes whatever is left."""

from bookings.pages import (
    asking,
    booking,
    choosing,
    inbox,
    mine,
    room_booking,
    room_calendar,
    room_settings,
)

routers = (
    choosing.fragment,
    choosing.router,
    asking.router,
    mine.router,
    booking.page,
    booking.router,
    room_calendar.router,
    room_settings.router,
    inbox.router,
    room_booking.router,
)
