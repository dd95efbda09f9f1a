-- Held periods of providers, for features that show free time. An overdue deposit holds nothing,
-- also before its timer has run.
DROP VIEW IF EXISTS bookings.busy_slots_v1 CASCADE;
CREATE VIEW bookings.busy_slots_v1 AS
SELECT profile_id, buffered_period FROM bookings.bookings
WHERE status = 'confirmed' OR (status = 'accepted' AND deposit_due_at > (SELECT app.now()));

-- The search excludes busy time.
GRANT USAGE ON SCHEMA bookings TO escorts_public;
GRANT SELECT ON bookings.busy_slots_v1 TO escorts_public;
