"""The directory: who offers companionship where, and how anybody can be sure of it.

Nouns: *profile* (what a provider shows; one per account), *standing* (draft, active, hidden,
suspended), *verification* (a request, two checks and a person's decision, for a limited time),
*consent* (to the statement of a version), *jurisdiction* (what may be done where; no by default),
*slug* (a profile's address, kept for good), *city*, *tour* (dates in another city), *exception*
(dated time that is other than the week says), *available now* (ends by itself).
Tables: the PostgreSQL schema `escorts`. Its view `escorts.public_profiles_v1` is the one gate
between profiles and the public; others read it, never the tables.
Events out: `contracts.escorts`. Events in: AccountClosed of auth.
Entries: `handler` (whoever looks), `room` (providers and staff), `consumer` (closed accounts),
`scheduled` (expiry, ages).
"""
