-- Time zone and venue of the provider's bookings, and whether they were confirmed: not part of events.
DROP VIEW IF EXISTS bookings.booking_facts_v1 CASCADE;
CREATE VIEW bookings.booking_facts_v1 AS
SELECT id, provider_id, time_zone, venue, confirmed_at IS NOT NULL AS was_confirmed
FROM bookings.bookings
WHERE provider_id = nullif(current_setting('app.provider_id', true), '')::uuid;

GRANT USAGE ON SCHEMA bookings TO crm_web;
GRANT SELECT ON bookings.booking_facts_v1 TO crm_web;
