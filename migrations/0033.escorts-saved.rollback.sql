REVOKE USAGE ON SCHEMA escorts FROM auth_mailer;
DROP VIEW escorts.saved_search_notices_v1;
-- The grant of escorts_public is cluster-wide, as roles are; other databases need it.
DROP TRIGGER on_city_changed ON escorts.profile_search;
DROP TRIGGER on_listed ON escorts.profile_search;
DROP FUNCTION escorts.on_city_changed, escorts.on_listed;
DROP TABLE escorts.new_listings, escorts.saved_search_matches, escorts.saved_searches,
    escorts.favourites;
