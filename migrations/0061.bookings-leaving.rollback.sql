GRANT SELECT ON bookings.feeds TO bookings_consumer;
GRANT SELECT ON bookings.providers TO bookings_consumer, bookings_scheduled;
REVOKE ALL ON auth.accounts_v1 FROM bookings_web, bookings_consumer;
REVOKE USAGE ON SCHEMA auth FROM bookings_web, bookings_consumer;
