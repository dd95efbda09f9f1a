-- Values of an enumeration stay: mails may have them. One profile per account, closed ones counted,
-- cannot come back where somebody has begun again: decide about those rows first.
REVOKE SELECT (id, at, action, profile_id) ON escorts.audit_log FROM escorts_dashboard;
REVOKE UPDATE (outcome, explanation, digests, ended_at) ON escorts.text_reviews FROM escorts_dashboard;
DROP FUNCTION escorts.close_profile;
DROP INDEX escorts.profiles_closed_of_user, escorts.one_open_profile_per_user;
ALTER TABLE escorts.profiles ADD CONSTRAINT one_profile_per_user UNIQUE (user_id);
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
ALTER TABLE escorts.text_reviews DROP CONSTRAINT refusals_end,
    DROP CONSTRAINT text_refusal_is_explained, DROP CONSTRAINT reviewed_means_outcome,
    DROP COLUMN ended_at, DROP COLUMN digests, DROP COLUMN explanation, DROP COLUMN outcome;
DROP TYPE escorts.text_outcome;
DROP INDEX IF EXISTS escorts.text_reviews_of_profile;
