-- Offline payments count as platform payments after this rollback: do not pay out before correcting.
REVOKE SELECT (profile_id, public) ON escorts.bookable_profiles_v1 FROM bookings_consumer, bookings_scheduled;
REVOKE USAGE ON SCHEMA escorts FROM bookings_consumer, bookings_scheduled;
DROP VIEW escorts.bookable_profiles_v1;
CREATE VIEW escorts.bookable_profiles_v1 AS
SELECT p.id AS profile_id, p.user_id, p.slug, p.name, p.city, c.zone AS time_zone,
    EXISTS (SELECT FROM escorts.public_profiles_v1 g WHERE g.id = p.id) AS public
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
WHERE p.closed_at IS NULL;
GRANT SELECT ON escorts.bookable_profiles_v1 TO bookings_web;
CREATE OR REPLACE VIEW escorts.public_profiles_v1 AS
SELECT p.id, p.slug, p.name, p.age, p.city, p.city_name, p.country, p.zone, p.bio,
    p.height_cm, p.weight_kg, p.measurements, p.hair_color, p.eye_color, p.ethnicity,
    p.languages, p.services, p.rates, p.locations, p.availability,
    v.decided_at AS verified_at, p.updated_at,
    least(v.expires_at,
        least(v.document_checked_at, v.liveness_checked_at) + interval '365 days',
        (SELECT min(s.effective_at) FROM escorts.consents s WHERE s.version > p.consent_version)
    ) AS public_until
FROM escorts.profile_records p
JOIN escorts.verifications v ON v.profile_id = p.id AND v.status = 'verified'
JOIN auth.accounts_v1 a ON a.user_id = p.user_id AND a.status = 'active'
WHERE p.status = 'active'
    AND NOT p.hidden
    AND p.closed_at IS NULL
    AND p.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                   WHERE k.capability = 'directory.listing')
    AND CASE
        WHEN p.consent_version >= (SELECT max(s.version) FROM escorts.consents s
                                   WHERE s.effective_at <= app.now())
            AND v.document_checked_at <= (SELECT app.now())
            AND v.document_checked_at > (SELECT app.now()) - interval '365 days'
            AND v.liveness_checked_at <= (SELECT app.now())
            AND v.liveness_checked_at > (SELECT app.now()) - interval '365 days'
            AND v.decided_at <= (SELECT app.now())
            AND v.expires_at > (SELECT app.now())
            AND p.id <> ALL (ARRAY(SELECT t.profile_id FROM escorts.text_reviews t
                                   WHERE t.outcome = 'refused' AND t.ended_at IS NULL))
        THEN true
        ELSE false
    END;
DROP VIEW escorts.listable_profiles;
ALTER TABLE bookings.bookings DROP COLUMN paid_offline, DROP COLUMN profile_name;
