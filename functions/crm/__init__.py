"""The CRM: a provider's encrypted client book, called workspace in code.

Nouns: *workspace* (one provider's tenant), *client*, *unlocked context* (an unlocked workspace during one request),
*audit log* (hash-chained), *legal hold*, *inbox* (booking updates that arrived while the workspace was locked).
Tables: the PostgreSQL schema `crm`; keys: the DynamoDB table `CrmKeys`, by `crm.vault` alone. Reads:
`escorts.profile_slugs_v1` and `bookings.booking_facts_v1`. Entries: `handler` (pages and API), `consumer` (bookings,
closed accounts), `scheduled` (expiry and retention).
"""
