-- A new profile starts with an activity of now.
CREATE OR REPLACE FUNCTION escorts.init_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.activity (profile_id, last_active_at) VALUES (NEW.id, app.now());
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER init_activity AFTER INSERT ON escorts.profiles
    FOR EACH ROW EXECUTE FUNCTION escorts.init_activity();

REVOKE ALL ON FUNCTION escorts.init_activity FROM PUBLIC;
