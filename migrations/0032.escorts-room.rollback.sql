DROP VIEW escorts.public_appearances_v1;
DROP VIEW escorts.profile_slugs_v1;
DROP TABLE escorts.appearances;
DROP TYPE escorts.layout;
DROP TYPE escorts.theme;
REVOKE USAGE ON SCHEMA escorts FROM auth_web;
