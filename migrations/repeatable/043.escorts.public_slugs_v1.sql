-- Current and former slugs of public profiles, with the slug to redirect to.
DROP VIEW IF EXISTS escorts.public_slugs_v1 CASCADE;
CREATE VIEW escorts.public_slugs_v1 AS
SELECT s.slug, p.slug AS current_slug, p.id AS profile_id
FROM escorts.slugs s
JOIN escorts.public_profiles_v1 p ON p.id = s.profile_id;

GRANT SELECT ON escorts.public_slugs_v1 TO escorts_public;
