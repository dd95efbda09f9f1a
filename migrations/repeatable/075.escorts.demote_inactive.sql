-- Refresh up to `most` profiles that no longer count as recently active.
CREATE OR REPLACE FUNCTION escorts.demote_inactive(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(escorts.refresh_search(due.profile_id)::text) FROM (
        SELECT s.profile_id FROM escorts.profile_search s
        WHERE s.active_until <= app.now() AND NOT s.is_touring
        ORDER BY s.active_until, s.profile_id LIMIT most) due
$$;

REVOKE ALL ON FUNCTION escorts.demote_inactive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.demote_inactive TO escorts_scheduled;
