"""Use cases of bookings, each on one transaction.

`requesting` (price, times, asking), `deciding` (what either side and staff do to a booking),
`reading` (lists, one booking, calendar), `rules` (what a provider says about being booked),
`waiting`, `feeds`, `paying` (events of payments), `timekeeping` (timers). All of them move bookings
through `moving` alone.
"""
