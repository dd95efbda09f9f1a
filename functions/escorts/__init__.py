"""Directory of provider profiles: publication, verification, search and saved items.

Nouns: *profile* (public listing of a provider, one per account), *publication state* (draft, active, hidden,
suspended), *verification* (request, two checks and a decision by staff, valid for a limited time),
*consent* (to one version of the statement), *jurisdiction* (capabilities that the law of a place allows; the
default
is none), *slug* (address of a profile, reserved for good), *city*, *tour* (days in another city), *exception*
(dated
time that differs from the weekly hours), *available now* (expires by itself).
Tables: the PostgreSQL schema `escorts`. The view `escorts.public_profiles_v1` (the visibility view) is the only
way
from profiles to the public; other features read this view, never the tables.
Events out: `contracts.escorts`. Events in: AccountClosed and UserSuspended of auth.
Entry points: `handler` (visitors and clients), `dashboard_handler` (providers and staff), `consumer` (closed
and
suspended accounts), `scheduled` (jobs), `purge` (CDN invalidation).
"""
