-- View for the age gate of bookings, and purposes of booking mails.
-- depends: 0050.bookings 0036.public-pages 0034.auth-notices

-- Countries in which the law requires no age gate.
CREATE VIEW escorts.ungated_countries_v1 AS
SELECT country FROM escorts.jurisdictions
WHERE region = '' AND capability = 'directory.ungated' AND allowed;
GRANT SELECT ON escorts.ungated_countries_v1 TO bookings_web;

ALTER TYPE auth.mail_purpose ADD VALUE 'booking-requested';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-accepted';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-declined';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-expired';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-confirmed';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-cancelled';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-rescheduled';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-time-proposed';
ALTER TYPE auth.mail_purpose ADD VALUE 'booking-reminder';
ALTER TYPE auth.mail_purpose ADD VALUE 'waitlist-slot-available';
