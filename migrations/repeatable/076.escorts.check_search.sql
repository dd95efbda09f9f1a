-- Return the profiles whose rows are missing, superfluous or stale; normally none.
CREATE OR REPLACE FUNCTION escorts.check_search() RETURNS TABLE (profile_id uuid, difference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(x.profile_id, s.profile_id), CASE
        WHEN s.profile_id IS NULL THEN 'missing' WHEN x.profile_id IS NULL THEN 'superfluous'
        ELSE 'stale' END
    FROM escorts.searchable_profiles x
    FULL JOIN escorts.profile_search s ON s.profile_id = x.profile_id AND s.city = x.city
    -- A profile that stopped being recently active after the last demote_inactive is no difference.
    -- Columns by name: the table of a later version may have more, after a rollback to an earlier commit.
    WHERE ROW (x.*) IS DISTINCT FROM ROW (s.profile_id, s.city, s.grid_cell, s.tier, s.slot_position, s.latitude_e2,
            s.longitude_e2, s.price_from, s.currency, s.age, s.rating, s.review_count, s.featured, s.services,
            s.languages, s.ethnicities, s.venues, s.weekly_minutes, s.has_exceptions, s.created_at, s.public_until,
            s.active_until, s.name_normalized, s.is_touring, s.present_during)
        AND (s.active_until <= app.now()) IS NOT TRUE
    UNION ALL
    SELECT coalesce(x.profile_id, t.profile_id), 'words'
    FROM escorts.searchable_texts x
    FULL JOIN escorts.profile_search_text t ON t.profile_id = x.profile_id
    -- Texts without a row are reported above already, unless there should be no row either.
    WHERE t.document IS DISTINCT FROM x.document AND (x.profile_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM escorts.searchable_profiles y WHERE y.profile_id = t.profile_id))
$$;

REVOKE ALL ON FUNCTION escorts.check_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.check_search TO escorts_scheduled;
