-- Every open profile, public or not: a hidden profile takes no new requests, but keeps its bookings and may still answer
-- earlier requests; a profile taken off the public may not.
DROP VIEW IF EXISTS escorts.bookable_profiles_v1 CASCADE;
CREATE VIEW escorts.bookable_profiles_v1 AS
SELECT p.id AS profile_id, p.user_id, p.slug, p.name, p.city, c.zone AS time_zone,
    EXISTS (SELECT FROM escorts.public_profiles_v1 g WHERE g.id = p.id) AS public,
    EXISTS (SELECT FROM escorts.listable_profiles g WHERE g.id = p.id) AS may_answer
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
WHERE p.closed_at IS NULL;

GRANT USAGE ON SCHEMA escorts TO bookings_web, bookings_consumer, bookings_scheduled;
GRANT SELECT ON escorts.bookable_profiles_v1 TO bookings_web;
-- Releasing a slot notifies waiting clients, as long as the profile is public.
GRANT SELECT (profile_id, public) ON escorts.bookable_profiles_v1 TO bookings_consumer, bookings_scheduled;
