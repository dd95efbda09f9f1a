DROP SCHEMA bookings CASCADE;
REVOKE ALL ON outbox.messages, outbox.processed FROM bookings_web, bookings_consumer, bookings_scheduled;
REVOKE USAGE ON SCHEMA outbox FROM bookings_web, bookings_consumer, bookings_scheduled;
