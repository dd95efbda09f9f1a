-- What bookings look at when somebody is shut out or closes a profile, and no more columns than that.
-- depends: 0050.bookings-closed-accounts 0050.bookings-reasons 0051.bookings-reachable 0052.bookings-notices

GRANT USAGE ON SCHEMA auth TO bookings_web, bookings_consumer;
GRANT SELECT (user_id, status) ON auth.accounts_v1 TO bookings_web, bookings_consumer;

-- Who runs in the background takes the lock and takes addresses away; it reads neither those nor
-- what clients are asked.
REVOKE SELECT ON bookings.providers FROM bookings_consumer, bookings_scheduled;
GRANT SELECT (escort_id, user_id) ON bookings.providers TO bookings_consumer;
GRANT SELECT (escort_id) ON bookings.providers TO bookings_scheduled;
REVOKE SELECT ON bookings.feeds FROM bookings_consumer;
GRANT SELECT (user_id) ON bookings.feeds TO bookings_consumer;
