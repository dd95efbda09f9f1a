DROP VIEW escorts.public_availability_v1;
CREATE VIEW escorts.public_availability_v1 AS
SELECT r.profile_id, r.city, r.zone, r.since, r.until, r.rules,
    (SELECT coalesce(jsonb_agg(e.item - 'note'), '[]')
     FROM jsonb_array_elements(r.exceptions) AS e (item)) AS exceptions,
    (SELECT coalesce(jsonb_agg(t.item - 'note'), '[]')
     FROM jsonb_array_elements(r.tours) AS t (item)) AS tours
FROM escorts.availability_records r
JOIN escorts.public_profiles_v1 p ON p.id = r.profile_id;
GRANT SELECT ON escorts.public_availability_v1 TO escorts_public;
REVOKE ALL ON bookings.busy_slots_v1 FROM escorts_public;
REVOKE ALL ON SCHEMA bookings FROM escorts_public;
