-- Maintenance of profile_search: refreshed with each change of a profile, cleared by triggers of
-- profiles that must not be listed any more, rebuilt by a command, verified every night.
-- depends: 0030.escorts-search

-- Assign a ranking slot to a profile, unless it has one.
CREATE FUNCTION escorts.assign_ranking_slot(profile uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO escorts.ranking_slots (profile_id, city, tier, slot)
    SELECT s.profile_id, s.city, s.tier, 1 + coalesce(
        (SELECT max(o.slot) FROM escorts.ranking_slots o WHERE o.city = s.city AND o.tier = s.tier), 0)
    FROM escorts.searchable_profiles s WHERE s.profile_id = profile AND s.slot_position IS NULL
    ON CONFLICT DO NOTHING
$$;

-- Refresh the row of one profile. The lock serializes two transactions that changed different parts
-- of a profile, so that the second one sees the changes of the first.
CREATE FUNCTION escorts.refresh_search(profile uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM escorts.profiles p WHERE p.id = profile FOR NO KEY UPDATE;
    PERFORM escorts.assign_ranking_slot(profile);
    INSERT INTO escorts.profile_search AS s
    SELECT * FROM escorts.searchable_profiles x WHERE x.profile_id = profile
    ON CONFLICT (profile_id) DO UPDATE SET (city, grid_cell, tier, slot_position, latitude_e2, longitude_e2,
        price_from, currency, age, rating, review_count, featured, services, languages,
        ethnicities, venues, weekly_minutes, has_exceptions, created_at, public_until, active_until, name_normalized)
        = ROW (EXCLUDED.city, EXCLUDED.grid_cell, EXCLUDED.tier, EXCLUDED.slot_position, EXCLUDED.latitude_e2,
            EXCLUDED.longitude_e2, EXCLUDED.price_from, EXCLUDED.currency, EXCLUDED.age,
            EXCLUDED.rating, EXCLUDED.review_count, EXCLUDED.featured, EXCLUDED.services,
            EXCLUDED.languages, EXCLUDED.ethnicities, EXCLUDED.venues, EXCLUDED.weekly_minutes,
            EXCLUDED.has_exceptions, EXCLUDED.created_at, EXCLUDED.public_until, EXCLUDED.active_until,
            EXCLUDED.name_normalized)
    WHERE s.* IS DISTINCT FROM EXCLUDED.*;
    DELETE FROM escorts.profile_search s
    WHERE s.profile_id = profile
        AND NOT EXISTS (SELECT FROM escorts.searchable_profiles x WHERE x.profile_id = profile);
    INSERT INTO escorts.profile_search_text AS t
    SELECT * FROM escorts.searchable_texts x WHERE x.profile_id = profile
    ON CONFLICT (profile_id) DO UPDATE SET document = EXCLUDED.document
    WHERE t.document <> EXCLUDED.document;
END
$$;

-- Rebuild all rows. Slots are assigned again, so that delisted profiles leave no gaps in the circle.
-- Readers see the old rows until the commit.
CREATE FUNCTION escorts.rebuild_search() RETURNS bigint
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
    FROM escorts.ranking_slots n WHERE n.profile_id = x.profile_id;
    -- In the order of the main index.
    INSERT INTO escorts.profile_search
    SELECT * FROM rebuilt_search x ORDER BY x.city, x.tier, x.slot_position;
    GET DIAGNOSTICS rows = ROW_COUNT;
    INSERT INTO escorts.profile_search_text SELECT * FROM escorts.searchable_texts;
    DROP TABLE rebuilt_search;
    RETURN rows;
END
$$;

-- Refresh up to `most` profiles that no longer count as recently active.
CREATE FUNCTION escorts.demote_inactive(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(escorts.refresh_search(due.profile_id)::text) FROM (
        SELECT s.profile_id FROM escorts.profile_search s
        WHERE s.active_until <= app.now() ORDER BY s.active_until, s.profile_id LIMIT most) due
$$;

-- Return the profiles whose row is missing, superfluous or stale; normally none.
CREATE FUNCTION escorts.check_search() RETURNS TABLE (profile_id uuid, difference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(x.profile_id, s.profile_id), CASE
        WHEN s.profile_id IS NULL THEN 'missing' WHEN x.profile_id IS NULL THEN 'superfluous'
        ELSE 'stale' END
    FROM escorts.searchable_profiles x
    FULL JOIN escorts.profile_search s ON s.profile_id = x.profile_id
    -- A profile that stopped being recently active after the last demote_inactive is no difference.
    WHERE ROW (x.*) IS DISTINCT FROM ROW (s.*) AND (s.active_until <= app.now()) IS NOT TRUE
    UNION ALL
    SELECT s.profile_id, 'words'
    FROM escorts.searchable_texts x
    JOIN escorts.profile_search s ON s.profile_id = x.profile_id
    LEFT JOIN escorts.profile_search_text t ON t.profile_id = x.profile_id
    WHERE t.document IS DISTINCT FROM x.document
$$;

-- Safety net: profiles that must not be listed are removed even if a refresh was forgotten.
CREATE FUNCTION escorts.remove_from_search() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'profiles' THEN
        DELETE FROM escorts.profile_search s WHERE s.profile_id = NEW.id;
    ELSE
        DELETE FROM escorts.profile_search s WHERE s.profile_id = OLD.profile_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER remove_from_search AFTER UPDATE OF status, hidden, closed_at, consent_version
    ON escorts.profiles FOR EACH ROW
    WHEN (NEW.status <> 'active' OR NEW.hidden OR NEW.closed_at IS NOT NULL
          OR NEW.consent_version IS NULL)
    EXECUTE FUNCTION escorts.remove_from_search();
CREATE TRIGGER remove_from_search AFTER UPDATE OF status ON escorts.verifications FOR EACH ROW
    WHEN (OLD.status = 'verified' AND NEW.status <> 'verified')
    EXECUTE FUNCTION escorts.remove_from_search();
CREATE TRIGGER remove_from_search_deleted AFTER DELETE ON escorts.verifications FOR EACH ROW
    WHEN (OLD.status = 'verified') EXECUTE FUNCTION escorts.remove_from_search();

-- Refresh the profiles of a country when its law changes.
CREATE FUNCTION escorts.on_jurisdiction_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed text := CASE WHEN TG_OP = 'DELETE' THEN OLD.country ELSE NEW.country END;
BEGIN
    PERFORM escorts.refresh_search(p.id)
    FROM escorts.profiles p JOIN escorts.cities c ON c.slug = p.city
    LEFT JOIN escorts.profile_search s ON s.profile_id = p.id
    WHERE c.country = changed AND (p.status = 'active' OR s.profile_id IS NOT NULL);
    RETURN NULL;
END
$$;
CREATE TRIGGER on_search_rule_changed AFTER INSERT OR UPDATE OR DELETE ON escorts.jurisdictions
    FOR EACH ROW EXECUTE FUNCTION escorts.on_jurisdiction_changed();

-- A new consent statement ends the listing of profiles with an older consent from its effective date.
CREATE FUNCTION escorts.on_consent_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE escorts.profile_search s SET public_until = x.public_until
    FROM escorts.searchable_profiles x
    WHERE x.profile_id = s.profile_id AND x.public_until <> s.public_until;
    RETURN NULL;
END
$$;
CREATE TRIGGER on_search_rule_changed AFTER INSERT OR UPDATE OR DELETE ON escorts.consents
    FOR EACH STATEMENT EXECUTE FUNCTION escorts.on_consent_changed();

REVOKE ALL ON FUNCTION escorts.assign_ranking_slot, escorts.refresh_search, escorts.rebuild_search,
    escorts.demote_inactive, escorts.check_search, escorts.remove_from_search, escorts.on_jurisdiction_changed,
    escorts.on_consent_changed, escorts.is_open, escorts.has_availability_exceptions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.refresh_search
    TO escorts_web, escorts_consumer, escorts_scheduled;
GRANT EXECUTE ON FUNCTION escorts.rebuild_search, escorts.demote_inactive, escorts.check_search
    TO escorts_scheduled;
GRANT EXECUTE ON FUNCTION escorts.is_open TO escorts_public, escorts_web;
GRANT SELECT ON escorts.profile_search, escorts.profile_search_text, escorts.facet_values
    TO escorts_public;

SELECT escorts.rebuild_search();
