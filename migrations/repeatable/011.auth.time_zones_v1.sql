-- Time zones that were chosen. UTC is the form's default, so it does not count as a choice.
DROP VIEW IF EXISTS auth.time_zones_v1 CASCADE;
CREATE VIEW auth.time_zones_v1 AS
SELECT user_id, time_zone FROM auth.preferences WHERE time_zone <> 'UTC';

GRANT USAGE ON SCHEMA auth TO escorts_web, escorts_scheduled;
GRANT SELECT ON auth.time_zones_v1 TO escorts_web, escorts_scheduled;
