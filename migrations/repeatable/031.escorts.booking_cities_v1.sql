-- Cities in which the law allows booking requests.
DROP VIEW IF EXISTS escorts.booking_cities_v1 CASCADE;
CREATE VIEW escorts.booking_cities_v1 AS
SELECT c.slug AS city, c.name, c.zone AS time_zone
FROM escorts.cities c
JOIN escorts.city_capabilities_v1 k ON k.city = c.slug AND k.capability = 'booking.request';

GRANT USAGE ON SCHEMA escorts TO bookings_web;
GRANT SELECT ON escorts.booking_cities_v1 TO bookings_web;
