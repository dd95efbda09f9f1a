-- A new consent statement ends the listing of profiles with an older consent from its effective date.
CREATE OR REPLACE FUNCTION escorts.on_consent_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE escorts.profile_search s SET public_until = x.public_until
    FROM escorts.searchable_profiles x
    WHERE x.profile_id = s.profile_id AND x.city = s.city
        AND x.public_until <> s.public_until;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER on_search_rule_changed AFTER INSERT OR UPDATE OR DELETE ON escorts.consents
    FOR EACH STATEMENT EXECUTE FUNCTION escorts.on_consent_changed();

REVOKE ALL ON FUNCTION escorts.on_consent_changed FROM PUBLIC;
