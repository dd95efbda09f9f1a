-- Closing of a profile, alone or with the account: the content is deleted, the row stays because evidence
-- refers to it. No role has the privileges to do parts of this.
CREATE OR REPLACE FUNCTION escorts.close_profile(profile uuid, at timestamptz) RETURNS void
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
