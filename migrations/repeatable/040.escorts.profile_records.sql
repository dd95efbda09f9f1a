-- Profiles in any state with rates, locations and hours, for owners and staff.
DROP VIEW IF EXISTS escorts.profile_records CASCADE;
CREATE VIEW escorts.profile_records AS
SELECT p.id, p.user_id, p.slug, p.name, p.city, p.bio, p.height_cm, p.weight_kg, p.measurements, p.hair_color,
    p.eye_color, p.ethnicity, p.languages, p.services, p.status, p.hidden, p.suspended_from, p.suspension_reason,
    p.consent_version, p.consent_at, p.birth_date_sealed, p.age, p.age_checked_on, p.over18, p.over18_attested_at,
    p.version, p.created_at, p.updated_at, p.closed_at, c.name AS city_name, c.country, c.zone,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'service', r.service, 'durationMinutes', r.duration_minutes, 'amount', r.amount,
        'currency', r.currency, 'venue', r.venue) ORDER BY r.position)
        FROM escorts.rates r WHERE r.profile_id = p.id), '[]') AS rates,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'place', l.place, 'latitude', l.latitude, 'longitude', l.longitude) ORDER BY l.position)
        FROM escorts.locations l WHERE l.profile_id = p.id), '[]') AS locations,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
        'weekday', a.weekday, 'start', to_char(a.starts, 'HH24:MI'),
        'end', to_char(a.ends, 'HH24:MI')) ORDER BY a.weekday, a.starts)
        FROM escorts.availability a WHERE a.profile_id = p.id), '[]') AS availability
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city;

GRANT SELECT ON escorts.profile_records TO escorts_dashboard;
