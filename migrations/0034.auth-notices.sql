-- Mail notifications of other features' events, and a view of the accounts' time zones.
-- depends: 0010.auth

ALTER TYPE auth.mail_purpose ADD VALUE 'saved-search';
ALTER TYPE auth.mail_purpose ADD VALUE 'inactivity-warning';
ALTER TYPE auth.mail_purpose ADD VALUE 'profile-hidden';

-- Time zones that were chosen. UTC is the form's default, so it does not count as a choice.
CREATE VIEW auth.time_zones_v1 AS
SELECT user_id, time_zone FROM auth.preferences WHERE time_zone <> 'UTC';
GRANT SELECT ON auth.time_zones_v1 TO escorts_web, escorts_scheduled;

-- These mails are not queued by auth_web: the mailer inserts their rows when the event arrives.
GRANT INSERT (id, user_id, purpose, detail, created_at) ON auth.mails TO auth_mailer;
