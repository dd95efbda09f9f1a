-- Columns that bookings need for suspended accounts and closed profiles, and no others.
-- depends: 0050.bookings-closed-accounts 0050.bookings-reasons 0051.bookings-reachable 0052.bookings-notices

GRANT USAGE ON SCHEMA auth TO bookings_web, bookings_consumer;
GRANT SELECT (user_id, status) ON auth.accounts_v1 TO bookings_web, bookings_consumer;

-- Background roles lock rows and delete addresses; they read neither addresses nor settings.
REVOKE SELECT ON bookings.providers FROM bookings_consumer, bookings_scheduled;
GRANT SELECT (profile_id, user_id) ON bookings.providers TO bookings_consumer;
GRANT SELECT (profile_id) ON bookings.providers TO bookings_scheduled;
REVOKE SELECT ON bookings.feeds FROM bookings_consumer;
GRANT SELECT (user_id) ON bookings.feeds TO bookings_consumer;
