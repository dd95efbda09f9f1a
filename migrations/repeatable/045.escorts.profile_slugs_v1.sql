-- For auth and crm: the account of each slug, former slugs included.
DROP VIEW IF EXISTS escorts.profile_slugs_v1 CASCADE;
CREATE VIEW escorts.profile_slugs_v1 AS
SELECT s.slug, p.user_id
FROM escorts.slugs s
JOIN escorts.profiles p ON p.id = s.profile_id
WHERE p.closed_at IS NULL;

GRANT USAGE ON SCHEMA escorts TO auth_web, crm_web;
GRANT SELECT ON escorts.profile_slugs_v1 TO auth_web, crm_web;
