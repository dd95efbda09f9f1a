DROP VIEW bookings.standing_v1;
REVOKE USAGE ON SCHEMA bookings FROM auth_mailer;
