REVOKE EXECUTE ON FUNCTION escorts.open_periods FROM bookings_web;
REVOKE SELECT ON escorts.bookable_profiles_v1, escorts.rate_card_v1, escorts.booking_cities_v1
    FROM bookings_web;
REVOKE USAGE ON SCHEMA escorts FROM bookings_web;
REVOKE ALL ON outbox.messages, outbox.processed
    FROM bookings_web, bookings_consumer, bookings_scheduled;
REVOKE USAGE ON SCHEMA outbox FROM bookings_web, bookings_consumer, bookings_scheduled;
DROP SCHEMA bookings CASCADE;
