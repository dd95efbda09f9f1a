-- Why somebody declined or cancelled is as private as the rest of what they wrote: sealed beside it.
-- Whatever stood in the column so far was told to both sides and is in nobody's way: it goes.
-- depends: 0050.bookings

ALTER TYPE bookings.private_part ADD VALUE 'reason';
ALTER TABLE bookings.bookings DROP COLUMN reason;
