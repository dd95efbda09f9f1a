-- Decisions of moderators about texts, and closing of a profile by its owner.
-- depends: 0031.escorts-availability 0032.escorts-room 0034.auth-notices 0035.escorts-blocked-terms 0035.escorts-views 0038.escorts-room-function

-- Changed: the term is no longer in the text, so no decision is needed.
CREATE TYPE escorts.text_outcome AS ENUM ('allowed', 'refused', 'changed');

ALTER TABLE escorts.text_reviews
    ADD COLUMN outcome escorts.text_outcome,
    -- Reason of a refusal, for the owner.
    ADD COLUMN explanation text CHECK (char_length(explanation) BETWEEN 1 AND 500),
    -- SHA-256 of each reviewed text: the decision applies to exactly these texts.
    ADD COLUMN digests bytea[] NOT NULL DEFAULT '{}',
    -- End of a refusal: the text has changed, or there is a newer decision.
    ADD COLUMN ended_at timestamptz,
    ADD CONSTRAINT reviewed_means_outcome CHECK ((reviewed_at IS NULL) = (outcome IS NULL)),
    ADD CONSTRAINT text_refusal_is_explained CHECK (
        outcome IS DISTINCT FROM 'refused' OR explanation IS NOT NULL),
    ADD CONSTRAINT refusals_end CHECK (ended_at IS NULL OR outcome = 'refused');
CREATE INDEX text_refusals_active ON escorts.text_reviews (profile_id)
    WHERE outcome = 'refused' AND ended_at IS NULL;
CREATE INDEX text_reviews_of_profile ON escorts.text_reviews (profile_id);

-- The visibility view of 0036, which also excludes profiles with an active refusal. Such profiles are few
-- at any time, so they are read once per statement; as with accounts, the search index leaves this
-- condition to the view.
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

-- After closing a profile the account may create another one; the closed row stays as evidence.
ALTER TABLE escorts.profiles DROP CONSTRAINT one_profile_per_user;
CREATE UNIQUE INDEX one_open_profile_per_user ON escorts.profiles (user_id)
    WHERE closed_at IS NULL;
CREATE INDEX profiles_closed_of_user ON escorts.profiles (user_id) WHERE closed_at IS NOT NULL;

-- Mail to the provider: a text has to be changed.
ALTER TYPE auth.mail_purpose ADD VALUE 'text-rejected';

-- Closing of a profile, alone or with the account: the content is deleted, the row stays because evidence
-- refers to it. No role has the privileges to do parts of this.
CREATE FUNCTION escorts.close_profile(profile uuid, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    address text := 'closed-' || replace(profile::text, '-', '');
BEGIN
    PERFORM FROM escorts.profiles p WHERE p.id = profile AND p.closed_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO escorts.slugs (slug, profile_id, claimed_at) VALUES (address, profile, at);
    UPDATE escorts.profiles p
    SET slug = address, name = 'Closed', bio = '', height_cm = NULL, weight_kg = NULL,
        measurements = NULL, hair_color = NULL, eye_color = NULL, ethnicity = NULL,
        languages = '{}', services = '{}', status = 'inactive', hidden = true,
        suspended_from = NULL, suspension_reason = NULL, birth_date_sealed = NULL, age = NULL,
        version = version + 1, closed_at = at, updated_at = at
    WHERE p.id = profile;
    DELETE FROM escorts.slugs s WHERE s.profile_id = profile AND s.slug <> address;
    DELETE FROM escorts.rates x WHERE x.profile_id = profile;
    DELETE FROM escorts.locations x WHERE x.profile_id = profile;
    DELETE FROM escorts.availability x WHERE x.profile_id = profile;
    DELETE FROM escorts.availability_exceptions x WHERE x.profile_id = profile;
    DELETE FROM escorts.available_now x WHERE x.profile_id = profile;
    DELETE FROM escorts.tours x WHERE x.profile_id = profile;
    DELETE FROM escorts.view_counts x WHERE x.profile_id = profile;
    DELETE FROM escorts.view_totals x WHERE x.profile_id = profile;
    DELETE FROM escorts.text_reviews x WHERE x.profile_id = profile;
    DELETE FROM escorts.activity x WHERE x.profile_id = profile;
    DELETE FROM escorts.appearances x WHERE x.profile_id = profile;
    UPDATE escorts.verifications v
    SET status = CASE WHEN v.status = 'verified' THEN 'revoked' ELSE 'rejected' END
            ::escorts.verification_status,
        reason = 'profile closed', ended_at = at
    WHERE v.profile_id = profile AND v.status IN ('pending', 'in_review', 'verified');
    PERFORM escorts.refresh_search(profile);
END
$$;

REVOKE ALL ON FUNCTION escorts.close_profile FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.close_profile TO escorts_consumer, escorts_dashboard;
GRANT UPDATE (outcome, explanation, digests, ended_at) ON escorts.text_reviews TO escorts_dashboard;
-- For a new profile: whether the account's last one was closed while suspended.
GRANT SELECT (id, at, action, profile_id) ON escorts.audit_log TO escorts_dashboard;
