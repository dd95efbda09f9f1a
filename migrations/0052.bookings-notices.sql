-- What the mailer looks at before it writes about a booking: whether what it was told is still so.
-- depends: 0051.bookings-reachable

CREATE VIEW bookings.standing_v1 AS
SELECT id AS booking_id, status::text AS status, rescheduled_from IS NOT NULL AS takes_a_place
FROM bookings.bookings;
GRANT USAGE ON SCHEMA bookings TO auth_mailer;
GRANT SELECT ON bookings.standing_v1 TO auth_mailer;
