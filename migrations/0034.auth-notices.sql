-- Mails that other features' events lead to, and in which zone a person's morning is.
-- depends: 0010.auth

ALTER TYPE auth.mail_purpose ADD VALUE 'saved-search';
ALTER TYPE auth.mail_purpose ADD VALUE 'inactivity-warning';
ALTER TYPE auth.mail_purpose ADD VALUE 'profile-hidden';

-- What the person said. UTC is what the form says before anybody chooses: it tells nothing.
CREATE VIEW auth.time_zones_v1 AS
SELECT user_id, time_zone FROM auth.preferences WHERE time_zone <> 'UTC';
GRANT SELECT ON auth.time_zones_v1 TO escorts_web, escorts_scheduled;

-- The event is the request: the mailer writes the row that says what became of it.
GRANT INSERT (id, user_id, purpose, detail, created_at) ON auth.mails TO auth_mailer;
