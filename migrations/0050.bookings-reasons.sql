-- Reasons for declining and cancelling are private texts: they are stored encrypted from now on.
-- Existing plaintext reasons are dropped; both participants have read them.
-- depends: 0050.bookings

ALTER TYPE bookings.encrypted_field ADD VALUE 'reason';
ALTER TABLE bookings.bookings DROP COLUMN reason;
