-- Countries in which the law requires no age gate, for the pages of bookings.
DROP VIEW IF EXISTS escorts.ungated_countries_v1 CASCADE;
CREATE VIEW escorts.ungated_countries_v1 AS
SELECT country FROM escorts.jurisdictions
WHERE region = '' AND capability = 'directory.ungated' AND allowed;

GRANT USAGE ON SCHEMA escorts TO bookings_web;
GRANT SELECT ON escorts.ungated_countries_v1 TO bookings_web;
