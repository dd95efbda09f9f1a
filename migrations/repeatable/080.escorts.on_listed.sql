-- A listing is new in the home city only; tours do not count as new listings.
CREATE OR REPLACE FUNCTION escorts.on_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.new_listings SELECT l.profile_id, l.city, app.now() FROM listed l
    WHERE NOT l.is_touring
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER on_listed AFTER INSERT ON escorts.profile_search
    REFERENCING NEW TABLE AS listed FOR EACH STATEMENT EXECUTE FUNCTION escorts.on_listed();

-- The city of a tour may become the home city.
CREATE OR REPLACE FUNCTION escorts.on_city_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.new_listings VALUES (NEW.profile_id, NEW.city, app.now())
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER on_city_changed AFTER UPDATE OF is_touring ON escorts.profile_search
    FOR EACH ROW WHEN (OLD.is_touring AND NOT NEW.is_touring) EXECUTE FUNCTION escorts.on_city_changed();

REVOKE ALL ON FUNCTION escorts.on_listed, escorts.on_city_changed FROM PUBLIC;
