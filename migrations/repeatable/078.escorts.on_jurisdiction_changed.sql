-- Refresh the profiles of a country when its law changes.
CREATE OR REPLACE FUNCTION escorts.on_jurisdiction_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed text := CASE WHEN TG_OP = 'DELETE' THEN OLD.country ELSE NEW.country END;
BEGIN
    PERFORM escorts.refresh_search(p.id)
    FROM escorts.profiles p
    WHERE (EXISTS (SELECT FROM escorts.cities c WHERE c.slug = p.city AND c.country = changed)
            OR EXISTS (SELECT FROM escorts.tours t JOIN escorts.cities c ON c.slug = t.city
                       WHERE t.profile_id = p.id AND c.country = changed))
        AND (p.status = 'active'
            OR EXISTS (SELECT FROM escorts.profile_search s WHERE s.profile_id = p.id));
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER on_search_rule_changed AFTER INSERT OR UPDATE OR DELETE ON escorts.jurisdictions
    FOR EACH ROW EXECUTE FUNCTION escorts.on_jurisdiction_changed();

REVOKE ALL ON FUNCTION escorts.on_jurisdiction_changed FROM PUBLIC;
