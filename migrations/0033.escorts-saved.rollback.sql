REVOKE USAGE ON SCHEMA escorts FROM auth_mailer;
DROP VIEW escorts.saved_search_notices_v1;
-- Who may act as escorts_public is the cluster's, as the roles are: other databases need it.
DROP TRIGGER notes_moved ON escorts.profile_search;
DROP TRIGGER notes_listed ON escorts.profile_search;
DROP FUNCTION escorts.note_moved, escorts.note_listed;
DROP TABLE escorts.arrivals, escorts.saved_search_matches, escorts.saved_searches,
    escorts.favourites;
