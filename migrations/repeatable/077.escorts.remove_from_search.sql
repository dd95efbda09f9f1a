-- Safety net: profiles that must not be listed are removed even if a refresh was forgotten.
CREATE OR REPLACE FUNCTION escorts.remove_from_search() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed_id uuid;
BEGIN
    IF TG_TABLE_NAME = 'profiles' THEN
        removed_id := NEW.id;
    ELSE
        removed_id := OLD.profile_id;
    END IF;
    DELETE FROM escorts.profile_search s WHERE s.profile_id = removed_id;
    DELETE FROM escorts.profile_search_text t WHERE t.profile_id = removed_id;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER remove_from_search AFTER UPDATE OF status, hidden, closed_at, consent_version
    ON escorts.profiles FOR EACH ROW
    WHEN (NEW.status <> 'active' OR NEW.hidden OR NEW.closed_at IS NOT NULL
          OR NEW.consent_version IS NULL)
    EXECUTE FUNCTION escorts.remove_from_search();
CREATE OR REPLACE TRIGGER remove_from_search AFTER UPDATE OF status ON escorts.verifications FOR EACH ROW
    WHEN (OLD.status = 'verified' AND NEW.status <> 'verified')
    EXECUTE FUNCTION escorts.remove_from_search();
CREATE OR REPLACE TRIGGER remove_from_search_deleted AFTER DELETE ON escorts.verifications FOR EACH ROW
    WHEN (OLD.status = 'verified') EXECUTE FUNCTION escorts.remove_from_search();

REVOKE ALL ON FUNCTION escorts.remove_from_search FROM PUBLIC;
