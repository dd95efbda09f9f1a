-- Allowed actions per city: the region's row if there is one, else the country's, else denied.
DROP VIEW IF EXISTS escorts.city_capabilities_v1 CASCADE;
CREATE VIEW escorts.city_capabilities_v1 AS
SELECT c.slug AS city, k.capability
FROM escorts.cities c
CROSS JOIN unnest(enum_range(NULL::escorts.capability)) AS k (capability)
WHERE coalesce(
    (SELECT j.allowed FROM escorts.jurisdictions j
     WHERE j.country = c.country AND j.region = c.region AND j.capability = k.capability),
    (SELECT j.allowed FROM escorts.jurisdictions j
     WHERE j.country = c.country AND j.region = '' AND j.capability = k.capability),
    false);

GRANT SELECT ON escorts.city_capabilities_v1 TO escorts_public, escorts_dashboard;
