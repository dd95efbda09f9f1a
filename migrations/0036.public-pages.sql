-- Public pages: the time until which the CDN may cache a profile, and the countries without an age gate.
-- depends: 0021.escorts-reference

-- The visibility view of 0020, with the end of the profile's visibility.
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
        THEN true
        ELSE false
    END;

-- As for every capability, a country without a row is denied, so its visitors and those of an unknown
-- country see the age gate. The directory is text; review this before it shows photographs.
INSERT INTO escorts.jurisdictions (country, region, capability, allowed, basis)
VALUES
    ('AT', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('BE', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('CH', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('DE', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('NL', '', 'directory.ungated', true, 'no age check for what is not explicit'),
    ('NZ', '', 'directory.ungated', true, 'no age check for what is not explicit');

-- The event ProfileDelisted carries the slugs, and the scheduled jobs emit it.
GRANT SELECT ON escorts.slugs TO escorts_scheduled;
