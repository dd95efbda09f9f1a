-- Whole schedule of profiles in any state, for owners and staff.
DROP VIEW IF EXISTS escorts.availability_records CASCADE;
CREATE VIEW escorts.availability_records AS
SELECT p.id AS profile_id, p.city, c.zone, n.since, n.until,
    coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', a.weekday,
        'starts', a.starts, 'ends', a.ends) ORDER BY a.weekday, a.starts)
        FROM escorts.availability a WHERE a.profile_id = p.id), '[]') AS rules,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'is_open', e.is_open,
        'starts', lower(e.period), 'ends', upper(e.period), 'zone', e.zone, 'note', e.note)
        ORDER BY e.period)
        FROM escorts.availability_exceptions e WHERE e.profile_id = p.id), '[]') AS exceptions,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'city', t.city, 'zone', t.zone,
        'first_day', t.first_day, 'last_day', t.last_day, 'at_home', t.at_home, 'note', t.note,
        'hours', coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', h.weekday,
            'starts', h.starts, 'ends', h.ends) ORDER BY h.weekday, h.starts)
            FROM escorts.tour_hours h WHERE h.tour_id = t.id), '[]')) ORDER BY t.period)
        FROM escorts.tours t WHERE t.profile_id = p.id), '[]') AS tours
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
LEFT JOIN escorts.available_now n ON n.profile_id = p.id
WHERE p.closed_at IS NULL;

GRANT SELECT ON escorts.availability_records TO escorts_dashboard;
