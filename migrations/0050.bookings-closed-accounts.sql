-- Rights to delete feeds, waitlist entries and incall addresses of closed accounts.
-- depends: 0050.bookings

GRANT SELECT, DELETE ON bookings.feeds TO bookings_consumer;
GRANT DELETE ON bookings.waitlist TO bookings_consumer;
GRANT UPDATE (address_sealed) ON bookings.providers TO bookings_consumer;
