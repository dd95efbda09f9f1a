-- The visibility view without the provider's own choice to hide: what staff, the law and time decide. Every condition is
-- evaluated now, so an expiry needs no job to take effect. Time-dependent conditions stand in one CASE: PostgreSQL would
-- estimate each separate comparison as rarely true, expect no rows at all, and sort a whole city for one page.
-- Profiles with an active refusal of a text are few at any time, so they are read once per statement; as with accounts,
-- the search index leaves this condition to the view. `public_until` is the time until which the CDN may cache a profile.
DROP VIEW IF EXISTS escorts.listable_profiles CASCADE;
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
