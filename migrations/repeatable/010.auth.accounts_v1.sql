-- For other features: whether an account may act, without personal data.
DROP VIEW IF EXISTS auth.accounts_v1 CASCADE;
CREATE VIEW auth.accounts_v1 AS
SELECT id AS user_id, status, role, email_verified_at IS NOT NULL AS email_verified
FROM auth.users;

GRANT USAGE ON SCHEMA auth TO escorts_web, escorts_dashboard, escorts_consumer, escorts_scheduled,
    bookings_web, bookings_consumer;
GRANT SELECT ON auth.accounts_v1 TO escorts_web, escorts_dashboard, escorts_consumer, escorts_scheduled;
-- Bookings need to know about suspended accounts.
GRANT SELECT (user_id, status) ON auth.accounts_v1 TO bookings_web, bookings_consumer;
