-- Offline payments, the profile's name at the request, and profiles that may answer requests.
-- depends: 0052.bookings-notices 0050.bookings-reasons 0050.bookings-closed-accounts 0039.escorts-text-decisions

ALTER TABLE bookings.bookings
    -- Part of `paid` that the provider received outside the platform, and returns the same way.
    ADD COLUMN paid_offline bigint NOT NULL DEFAULT 0,
    -- Name of the profile at the request, so that a hidden profile's new name stays unknown.
    ADD COLUMN profile_name text NOT NULL DEFAULT '',
    ADD CONSTRAINT offline_not_above_paid CHECK (paid_offline BETWEEN 0 AND paid);
GRANT UPDATE (paid_offline) ON bookings.bookings
    TO bookings_web, bookings_consumer, bookings_scheduled;

-- The visibility view of 0039 in two: what others decide, and what the provider decides by hiding.
CREATE VIEW escorts.listable_profiles AS
SELECT p.id, p.slug, p.name, p.age, p.city, p.city_name, p.country, p.zone, p.bio,
    p.height_cm, p.weight_kg, p.measurements, p.hair_color, p.eye_color, p.ethnicity,
    p.languages, p.services, p.rates, p.locations, p.availability,
    v.decided_at AS verified_at, p.updated_at,
    least(v.expires_at,
        least(v.document_checked_at, v.liveness_checked_at) + interval '365 days',
        (SELECT min(s.effective_at) FROM escorts.consents s WHERE s.version > p.consent_version)
    ) AS public_until,
    p.hidden
FROM escorts.profile_records p
JOIN escorts.verifications v ON v.profile_id = p.id AND v.status = 'verified'
JOIN auth.accounts_v1 a ON a.user_id = p.user_id AND a.status = 'active'
WHERE p.status = 'active'
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

CREATE OR REPLACE VIEW escorts.public_profiles_v1 AS
SELECT p.id, p.slug, p.name, p.age, p.city, p.city_name, p.country, p.zone, p.bio,
    p.height_cm, p.weight_kg, p.measurements, p.hair_color, p.eye_color, p.ethnicity,
    p.languages, p.services, p.rates, p.locations, p.availability, p.verified_at, p.updated_at,
    p.public_until
FROM escorts.listable_profiles p
WHERE NOT p.hidden;

-- A hidden profile may still answer earlier requests; a profile taken off the public may not.
CREATE OR REPLACE VIEW escorts.bookable_profiles_v1 AS
SELECT p.id AS profile_id, p.user_id, p.slug, p.name, p.city, c.zone AS time_zone,
    EXISTS (SELECT FROM escorts.public_profiles_v1 g WHERE g.id = p.id) AS public,
    EXISTS (SELECT FROM escorts.listable_profiles g WHERE g.id = p.id) AS may_answer
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
WHERE p.closed_at IS NULL;

-- Releasing a slot notifies waiting clients, as long as the profile is public.
GRANT USAGE ON SCHEMA escorts TO bookings_consumer, bookings_scheduled;
GRANT SELECT (profile_id, public) ON escorts.bookable_profiles_v1 TO bookings_consumer, bookings_scheduled;
