-- Schedule of public profiles, without private notes, and with the busy time of bookings.
DROP VIEW IF EXISTS escorts.public_availability_v1 CASCADE;
CREATE VIEW escorts.public_availability_v1 AS
SELECT r.profile_id, r.city, r.zone, r.since, r.until, r.rules,
    (SELECT coalesce(jsonb_agg(e.item - 'note'), '[]')
     FROM jsonb_array_elements(r.exceptions) AS e (item)) AS exceptions,
    (SELECT coalesce(jsonb_agg(t.item - 'note'), '[]')
     FROM jsonb_array_elements(r.tours) AS t (item)) AS tours,
    -- From one day before now: the week starts in the local time of the city, which may be behind UTC.
    (SELECT coalesce(jsonb_agg(jsonb_build_object('starts', lower(b.buffered_period), 'ends', upper(b.buffered_period))
                               ORDER BY b.buffered_period), '[]')
     FROM bookings.busy_slots_v1 b
     WHERE b.profile_id = r.profile_id
        AND b.buffered_period && tstzrange(app.now() - interval '1 day', NULL)) AS busy
FROM escorts.availability_records r
JOIN escorts.public_profiles_v1 p ON p.id = r.profile_id;

GRANT SELECT ON escorts.public_availability_v1 TO escorts_public;
