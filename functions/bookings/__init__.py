"""Bookings: from a request to a completed meeting, without overlaps.

Nouns: *booking* (one client, one provider, one period), *quote* (the price, stored with the
booking), *policy* (deposit and cancellation rules, by version, stored with the booking), *slot hold*
(the period of an accepted or confirmed booking with its buffers), *proposal* (another time for a
booking), *timer* (a transition or reminder that is due without any user action), *waitlist*, *feed*
(a calendar at a secret URL).
Tables: the PostgreSQL schema `bookings`; other features read `bookings.busy_slots_v1`,
`bookings.booking_facts_v1` and `bookings.booking_status_v1`.
Reads: `escorts.bookable_profiles_v1`, `escorts.rate_card_v1`, `escorts.booking_cities_v1` and
`escorts.open_periods`.
Events out: `contracts.bookings`. Events in: PaymentCaptured of payments, AccountClosed and
UserSuspended of auth, ProfileClosed of escorts.
Entry points: `handler` (HTTP), `consumer` (events), `scheduled` (timers).
"""
