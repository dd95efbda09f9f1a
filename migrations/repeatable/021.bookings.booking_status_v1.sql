-- Current status of a booking, which the mailer checks before it sends a mail about an event.
DROP VIEW IF EXISTS bookings.booking_status_v1 CASCADE;
CREATE VIEW bookings.booking_status_v1 AS
SELECT id AS booking_id, status::text AS status, rescheduled_from IS NOT NULL AS replaces_booking
FROM bookings.bookings;

GRANT USAGE ON SCHEMA bookings TO auth_mailer;
GRANT SELECT ON bookings.booking_status_v1 TO auth_mailer;
