DROP VIEW bookings.booking_status_v1;
REVOKE USAGE ON SCHEMA bookings FROM auth_mailer;
