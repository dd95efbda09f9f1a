"""Bookings: from a request to a meeting that took place, and never two at once.

Nouns: *booking* (one client, one provider, one stretch of time), *quote* (what it costs, kept with
the booking), *policy* (deposit and cancellation, by version, kept with the booking), *hold* (the
time of an accepted or confirmed booking with its buffers), *proposal* (another time for a booking),
*timer* (what happens when nobody does anything), *waitlist*, *feed* (a calendar by secret address).
Tables: the PostgreSQL schema `bookings`; others read `bookings.busy_v1`.
Reads: `escorts.bookable_v1`, `escorts.rate_card_v1`, `escorts.booking_cities_v1` and
`escorts.open_periods`.
Events out: `contracts.bookings`. Events in: PaymentCaptured of payments,
AccountClosed of auth.
Entries: `consumer` (payments, closed accounts), `scheduled` (timers).
"""
