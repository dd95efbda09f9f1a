"""The CRM: a provider's client book, which nobody else can read.

Nouns: *book* (what one provider keeps), *client* (somebody in it), *desk* (an opened book during one request), *trail*
(what happened to it, chained), *hold* (what must stay for now), *inbox* (what arrived while it was locked).
Tables: the PostgreSQL schema `crm`; keys: the DynamoDB table `CrmKeys`, by `crm.vault` alone.
Reads: `escorts.profile_slugs_v1` and `bookings.booking_facts_v1`.
Entries: `handler` (pages and API), `consumer` (bookings, closed accounts), `scheduled` (what is over).
"""
