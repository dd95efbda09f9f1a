-- Appearance of the pages of public profiles.
DROP VIEW IF EXISTS escorts.public_appearances_v1 CASCADE;
CREATE VIEW escorts.public_appearances_v1 AS
SELECT a.profile_id, a.theme, a.layout
FROM escorts.appearances a
JOIN escorts.public_profiles_v1 p ON p.id = a.profile_id;

GRANT SELECT ON escorts.public_appearances_v1 TO escorts_public;
