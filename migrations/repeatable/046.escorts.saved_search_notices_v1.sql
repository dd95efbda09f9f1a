-- Read by the mailer just before sending: the number of matches of an event that are still public.
-- Without mail consent there is no row.
DROP VIEW IF EXISTS escorts.saved_search_notices_v1 CASCADE;
CREATE VIEW escorts.saved_search_notices_v1 AS
SELECT m.event_id, s.id AS saved_search_id, s.user_id, s.unsubscribe_token, count(*) AS profiles
FROM escorts.saved_search_matches m
JOIN escorts.saved_searches s ON s.id = m.saved_search_id AND s.mail_consent_at IS NOT NULL
JOIN auth.accounts_v1 a ON a.user_id = s.user_id AND a.status = 'active'
JOIN escorts.public_profiles_v1 g ON g.id = m.profile_id
GROUP BY m.event_id, s.id;

GRANT USAGE ON SCHEMA escorts TO auth_mailer;
GRANT SELECT ON escorts.saved_search_notices_v1 TO auth_mailer;
