REVOKE UPDATE (address_sealed) ON bookings.providers FROM bookings_consumer;
REVOKE DELETE ON bookings.waitlist FROM bookings_consumer;
REVOKE SELECT, DELETE ON bookings.feeds FROM bookings_consumer;
