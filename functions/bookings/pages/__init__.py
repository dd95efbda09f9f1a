"""Pages of bookings over the same use cases as the JSON API; all work without scripts.

A client asks in steps (`choosing`, `asking`) and sees what became of it (`mine`, `booking`). A
provider's are in her own room (`rooms`): `inbox`, `room_booking`, `room_calendar`, `room_settings`.
"""
