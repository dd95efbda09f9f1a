-- Rates of every profile, from which bookings compute the price.
DROP VIEW IF EXISTS escorts.rate_card_v1 CASCADE;
CREATE VIEW escorts.rate_card_v1 AS
SELECT profile_id, position, service, duration_minutes, amount, currency, venue
FROM escorts.rates;

GRANT USAGE ON SCHEMA escorts TO bookings_web;
GRANT SELECT ON escorts.rate_card_v1 TO bookings_web;
