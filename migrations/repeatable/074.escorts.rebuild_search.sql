-- Rebuild all rows. Slots are assigned again, so that delisted profiles leave no gaps in the circle.
-- Readers see the old rows until the commit.
CREATE OR REPLACE FUNCTION escorts.rebuild_search() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rows bigint;
BEGIN
    LOCK TABLE escorts.ranking_slots IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM escorts.profile_search_text;
    DELETE FROM escorts.profile_search;
    DELETE FROM escorts.ranking_slots;
    CREATE TEMPORARY TABLE rebuilt_search ON COMMIT DROP AS SELECT * FROM escorts.searchable_profiles;
    INSERT INTO escorts.ranking_slots (profile_id, city, tier, slot)
    SELECT x.profile_id, x.city, x.tier,
        row_number() OVER (PARTITION BY x.city, x.tier ORDER BY x.profile_id)
    FROM rebuilt_search x;
    UPDATE rebuilt_search x SET slot_position = escorts.slot_position(n.city, n.tier, n.slot)
    FROM escorts.ranking_slots n
    WHERE n.profile_id = x.profile_id AND n.city = x.city AND n.tier = x.tier;
    -- In the order of the main index.
    INSERT INTO escorts.profile_search
    SELECT * FROM rebuilt_search x ORDER BY x.city, x.tier, x.slot_position;
    GET DIAGNOSTICS rows = ROW_COUNT;
    INSERT INTO escorts.profile_search_text SELECT * FROM escorts.searchable_texts;
    DROP TABLE rebuilt_search;
    RETURN rows;
END
$$;

REVOKE ALL ON FUNCTION escorts.rebuild_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.rebuild_search TO escorts_scheduled;
