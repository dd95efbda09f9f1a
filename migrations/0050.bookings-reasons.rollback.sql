-- The value of the enumeration stays, since rows may use it.
ALTER TABLE bookings.bookings
    ADD COLUMN reason text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500);
GRANT UPDATE (reason) ON bookings.bookings TO bookings_web, bookings_consumer, bookings_scheduled;
