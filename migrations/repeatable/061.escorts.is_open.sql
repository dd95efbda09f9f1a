-- Whether the provider can be met for the whole of `during`, all of it in one city.
CREATE OR REPLACE FUNCTION escorts.is_open(profile_id uuid, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open.profile_id, is_open.during) o
        WHERE o.open @> is_open.during)
$$;

-- The same for one city.
CREATE OR REPLACE FUNCTION escorts.is_open_in(profile_id uuid, city text, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open_in.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open_in.profile_id, is_open_in.during) o
        WHERE o.city = is_open_in.city AND o.open @> is_open_in.during)
$$;

REVOKE ALL ON FUNCTION escorts.is_open, escorts.is_open_in FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.is_open, escorts.is_open_in TO escorts_public;
