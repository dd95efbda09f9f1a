-- The visibility view: all readers except the owner and staff read profiles through this view.
DROP VIEW IF EXISTS escorts.public_profiles_v1 CASCADE;
CREATE VIEW escorts.public_profiles_v1 AS
SELECT p.id, p.slug, p.name, p.age, p.city, p.city_name, p.country, p.zone, p.bio,
    p.height_cm, p.weight_kg, p.measurements, p.hair_color, p.eye_color, p.ethnicity,
    p.languages, p.services, p.rates, p.locations, p.availability, p.verified_at, p.updated_at,
    p.public_until
FROM escorts.listable_profiles p
WHERE NOT p.hidden;

GRANT SELECT ON escorts.public_profiles_v1 TO escorts_public, escorts_dashboard;
