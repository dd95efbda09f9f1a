-- Provider's dashboard: the account of each slug, and the appearance of the profile page.
-- depends: 0021.escorts-reference

-- For auth and crm: the account of each slug, former slugs included.
CREATE VIEW escorts.profile_slugs_v1 AS
SELECT s.slug, p.user_id
FROM escorts.slugs s
JOIN escorts.profiles p ON p.id = s.profile_id
WHERE p.closed_at IS NULL;

CREATE TYPE escorts.theme AS ENUM ('house', 'harbour', 'garden', 'ember', 'slate');
CREATE TYPE escorts.layout AS ENUM ('portrait', 'letter', 'banner');

-- In a table of its own: the appearance is not verified by staff and does not change the profile's version.
-- A profile without a row has the platform defaults.
CREATE TABLE escorts.appearances (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    theme escorts.theme NOT NULL,
    layout escorts.layout NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE VIEW escorts.public_appearances_v1 AS
SELECT a.profile_id, a.theme, a.layout
FROM escorts.appearances a
JOIN escorts.public_profiles_v1 p ON p.id = a.profile_id;

GRANT USAGE ON SCHEMA escorts TO auth_web;
GRANT SELECT ON escorts.profile_slugs_v1 TO auth_web;
GRANT SELECT, INSERT, UPDATE ON escorts.appearances TO escorts_web;
GRANT SELECT ON escorts.public_appearances_v1 TO escorts_public;
GRANT SELECT, DELETE ON escorts.appearances TO escorts_consumer;
