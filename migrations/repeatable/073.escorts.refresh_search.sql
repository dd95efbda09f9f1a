-- Assign a ranking slot to a profile, unless it has one.
CREATE OR REPLACE FUNCTION escorts.assign_ranking_slot(profile uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO escorts.ranking_slots (profile_id, city, tier, slot)
    SELECT s.profile_id, s.city, s.tier, 1 + coalesce(
        (SELECT max(o.slot) FROM escorts.ranking_slots o WHERE o.city = s.city AND o.tier = s.tier), 0)
    FROM escorts.searchable_profiles s WHERE s.profile_id = profile AND s.slot_position IS NULL
    ON CONFLICT DO NOTHING
$$;

-- Refresh the rows of one profile. The lock serializes two transactions that changed different parts
-- of a profile, so that the second one sees the changes of the first.
CREATE OR REPLACE FUNCTION escorts.refresh_search(profile uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM escorts.profiles p WHERE p.id = profile FOR NO KEY UPDATE;
    PERFORM escorts.assign_ranking_slot(profile);
    DELETE FROM escorts.profile_search s
    WHERE s.profile_id = profile AND NOT EXISTS (SELECT FROM escorts.searchable_profiles x
        WHERE x.profile_id = profile AND x.city = s.city);
    INSERT INTO escorts.profile_search AS s
    SELECT * FROM escorts.searchable_profiles x WHERE x.profile_id = profile
    ON CONFLICT (profile_id, city) DO UPDATE SET (grid_cell, tier, slot_position, latitude_e2, longitude_e2,
        price_from, currency, age, rating, review_count, featured, services, languages,
        ethnicities, venues, weekly_minutes, has_exceptions, created_at, public_until, active_until, name_normalized,
        is_touring, present_during)
        = ROW (EXCLUDED.grid_cell, EXCLUDED.tier, EXCLUDED.slot_position, EXCLUDED.latitude_e2,
            EXCLUDED.longitude_e2, EXCLUDED.price_from, EXCLUDED.currency, EXCLUDED.age,
            EXCLUDED.rating, EXCLUDED.review_count, EXCLUDED.featured, EXCLUDED.services,
            EXCLUDED.languages, EXCLUDED.ethnicities, EXCLUDED.venues, EXCLUDED.weekly_minutes,
            EXCLUDED.has_exceptions, EXCLUDED.created_at, EXCLUDED.public_until, EXCLUDED.active_until,
            EXCLUDED.name_normalized, EXCLUDED.is_touring, EXCLUDED.present_during)
    WHERE s.* IS DISTINCT FROM EXCLUDED.*;
    DELETE FROM escorts.profile_search_text t
    WHERE t.profile_id = profile
        AND NOT EXISTS (SELECT FROM escorts.profile_search s WHERE s.profile_id = profile);
    INSERT INTO escorts.profile_search_text AS t
    SELECT * FROM escorts.searchable_texts x WHERE x.profile_id = profile
    ON CONFLICT (profile_id) DO UPDATE SET document = EXCLUDED.document
    WHERE t.document <> EXCLUDED.document;
END
$$;

REVOKE ALL ON FUNCTION escorts.assign_ranking_slot, escorts.refresh_search FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.refresh_search TO escorts_dashboard, escorts_consumer, escorts_scheduled;
