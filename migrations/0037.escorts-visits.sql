-- Providers on tour are found in the tour city: profile_search has a row per city, with the periods
-- for which it applies. Rows do not become wrong as time passes.
-- depends: 0033.escorts-saved 0036.public-pages

DROP VIEW escorts.profile_cities_v1, escorts.searchable_texts, escorts.searchable_profiles;
DROP FUNCTION escorts.is_home;
DELETE FROM escorts.profile_search_text;
DELETE FROM escorts.profile_search;
DROP INDEX escorts.profile_search_by_city, escorts.profile_search_by_grid_cell;

ALTER TABLE escorts.profile_search_text DROP CONSTRAINT profile_search_text_profile_id_fkey;
ALTER TABLE escorts.profile_search
    ADD COLUMN is_touring boolean NOT NULL DEFAULT false,
    -- Periods of presence in the city; NULL means always.
    ADD COLUMN present_during tstzmultirange,
    DROP CONSTRAINT profile_search_pkey,
    ADD PRIMARY KEY (profile_id, city);
ALTER TABLE escorts.profile_search_text
    ADD FOREIGN KEY (profile_id) REFERENCES escorts.profiles;
CREATE INDEX profile_search_by_city ON escorts.profile_search (city, tier, slot_position, profile_id)
    INCLUDE (latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until,
             is_touring, present_during);
CREATE INDEX profile_search_by_grid_cell ON escorts.profile_search (grid_cell, tier, slot_position, profile_id)
    INCLUDE (city, latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until,
             is_touring, present_during);

-- Weekly minutes of a tour: its own hours, else the usual weekly hours in local time of the tour city.
CREATE FUNCTION escorts.tour_minutes_of(tour uuid, profile uuid) RETURNS int4multirange
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(part) = 0 THEN escorts.weekly_minutes_of(profile) ELSE range_agg(part) END
    FROM escorts.tour_hours h
    CROSS JOIN LATERAL (SELECT
        (h.weekday - 1) * 1440 + extract(epoch FROM h.starts)::integer / 60 AS starts,
        (h.weekday - 1) * 1440 + extract(epoch FROM h.ends)::integer / 60
            + CASE WHEN h.ends <= h.starts THEN 1440 ELSE 0 END AS ends) m
    CROSS JOIN LATERAL (VALUES
        (int4range(m.starts, least(m.ends, 10080))),
        (int4range(0, greatest(m.ends - 10080, 0)))) AS parts (part)
    WHERE h.tour_id = tour
$$;

-- Tours are covered by present_during, all other exceptions by this function. Past rows count as well:
-- the result must not change as time passes, or the nightly verification of the search would report it
-- as stale. The job "delete-expired-availability" deletes them.
CREATE OR REPLACE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM escorts.availability_exceptions e WHERE e.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.available_now n WHERE n.profile_id = profile)
$$;

-- Expected content of profile_search. Expiry and the account's status are left to
-- public_profiles_v1, so that a row does not become wrong as time passes.
CREATE VIEW escorts.searchable_profiles AS
SELECT p.id AS profile_id, place.city,
    escorts.grid_cell_of(point.latitude_e2, point.longitude_e2) AS grid_cell,
    quality.tier, escorts.slot_position(place.city, quality.tier, slots.slot) AS slot_position,
    point.latitude_e2::smallint, point.longitude_e2::smallint,
    price.amount::integer AS price_from, price.currency, p.age, p.rating, p.review_count,
    p.featured, escorts.search_mask('service', p.services) AS services,
    escorts.search_mask('language', p.languages) AS languages,
    escorts.search_mask('ethnicity', regexp_split_to_array(
        escorts.normalize_text(coalesce(p.ethnicity, '')), '[^a-z]+')) AS ethnicities,
    offered.venues::smallint, place.weekly_minutes,
    escorts.has_availability_exceptions(p.id) OR place.mixed AS has_exceptions, p.created_at, terms.public_until,
    quality.active_until, escorts.normalize_text(p.name) AS name_normalized, place.is_touring, place.present_during
FROM escorts.profiles p
-- Cities and periods of presence: the home city except during tours elsewhere, and each tour city
-- on the days of the tour.
CROSS JOIN LATERAL (
    SELECT p.city, false AS is_touring, tstzmultirange(tstzrange(NULL, NULL)) - (
            SELECT range_agg(t.period) FROM escorts.tours t
            WHERE t.profile_id = p.id AND NOT t.at_home AND t.city <> p.city) AS present_during,
        escorts.weekly_minutes_of(p.id) AS weekly_minutes, false AS mixed
    UNION ALL
    -- Two tours to one city may have different hours.
    SELECT t.city, true, range_agg(t.period), range_agg(w.weekly_minutes), count(DISTINCT w.weekly_minutes) > 1
    FROM escorts.tours t
    CROSS JOIN LATERAL (SELECT escorts.tour_minutes_of(t.id, p.id) AS weekly_minutes) w
    WHERE t.profile_id = p.id AND t.city <> p.city GROUP BY t.city) place
JOIN escorts.cities c ON c.slug = place.city
JOIN escorts.verifications v ON v.profile_id = p.id AND v.status = 'verified'
CROSS JOIN LATERAL (SELECT least(v.expires_at,
    least(v.document_checked_at, v.liveness_checked_at) + interval '365 days',
    (SELECT min(s.effective_at) FROM escorts.consents s WHERE s.version > p.consent_version)
    ) AS public_until) terms
CROSS JOIN LATERAL (SELECT count(*) AS rates,
    coalesce(bit_or(CASE r.venue WHEN 'incall' THEN 1 ELSE 2 END), 0) AS venues
    FROM escorts.rates r WHERE r.profile_id = p.id) offered
CROSS JOIN LATERAL (SELECT CASE WHEN app.now() < p.updated_at + interval '30 days'
    THEN p.updated_at + interval '30 days' END AS active_until,
    char_length(p.bio) >= 120 AND cardinality(p.languages) > 0 AND offered.rates > 0
        AND EXISTS (SELECT FROM escorts.availability a WHERE a.profile_id = p.id) AS complete) quality_inputs
CROSS JOIN LATERAL (SELECT escorts.search_tier(quality_inputs.complete, quality_inputs.active_until IS NOT NULL) AS tier,
    quality_inputs.active_until) quality
LEFT JOIN escorts.ranking_slots slots
    ON slots.profile_id = p.id AND slots.city = place.city AND slots.tier = quality.tier
-- The lowest rate in the city's currency, else in the first other currency.
LEFT JOIN LATERAL (SELECT r.amount, r.currency::text FROM escorts.rates r
    WHERE r.profile_id = p.id
    ORDER BY r.currency <> c.currency, r.currency, r.amount LIMIT 1) price ON true
-- The first location with coordinates, else the centre of the city.
LEFT JOIN LATERAL (SELECT l.latitude, l.longitude FROM escorts.locations l
    WHERE NOT place.is_touring AND l.profile_id = p.id AND l.latitude IS NOT NULL
    ORDER BY l.position LIMIT 1) own ON true
CROSS JOIN LATERAL (SELECT
    round(coalesce(own.latitude, c.latitude::numeric) * 100)::integer AS latitude_e2,
    round(coalesce(own.longitude, c.longitude::numeric) * 100)::integer AS longitude_e2) point
WHERE p.status = 'active' AND NOT p.hidden AND p.closed_at IS NULL
    AND p.consent_version IS NOT NULL
    AND p.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                   WHERE k.capability = 'directory.listing')
    AND place.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                       WHERE k.capability = 'directory.listing');

CREATE VIEW escorts.searchable_texts AS
SELECT s.profile_id, array_to_tsvector(s.places)
    || to_tsvector('simple', escorts.normalize_text(p.name || ' ' || p.bio)) AS document
FROM (SELECT r.profile_id, array_agg('#' || r.city) AS places
      FROM escorts.profile_search r GROUP BY r.profile_id) s
JOIN escorts.profiles p ON p.id = s.profile_id;

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

CREATE OR REPLACE FUNCTION escorts.demote_inactive(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(escorts.refresh_search(due.profile_id)::text) FROM (
        SELECT s.profile_id FROM escorts.profile_search s
        WHERE s.active_until <= app.now() AND NOT s.is_touring
        ORDER BY s.active_until, s.profile_id LIMIT most) due
$$;

CREATE OR REPLACE FUNCTION escorts.check_search() RETURNS TABLE (profile_id uuid, difference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(x.profile_id, s.profile_id), CASE
        WHEN s.profile_id IS NULL THEN 'missing' WHEN x.profile_id IS NULL THEN 'superfluous'
        ELSE 'stale' END
    FROM escorts.searchable_profiles x
    FULL JOIN escorts.profile_search s ON s.profile_id = x.profile_id AND s.city = x.city
    -- A profile that stopped being recently active after the last demote_inactive is no difference.
    WHERE ROW (x.*) IS DISTINCT FROM ROW (s.*) AND (s.active_until <= app.now()) IS NOT TRUE
    UNION ALL
    SELECT coalesce(x.profile_id, t.profile_id), 'words'
    FROM escorts.searchable_texts x
    FULL JOIN escorts.profile_search_text t ON t.profile_id = x.profile_id
    -- Texts without a row are reported above already, unless there should be no row either.
    WHERE t.document IS DISTINCT FROM x.document AND (x.profile_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM escorts.searchable_profiles y WHERE y.profile_id = t.profile_id))
$$;

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

CREATE OR REPLACE FUNCTION escorts.on_consent_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE escorts.profile_search s SET public_until = x.public_until
    FROM escorts.searchable_profiles x
    WHERE x.profile_id = s.profile_id AND x.city = s.city
        AND x.public_until <> s.public_until;
    RETURN NULL;
END
$$;

-- A listing is new in the home city only; tours do not count as new listings.
DROP TRIGGER on_listed ON escorts.profile_search;
DROP TRIGGER on_city_changed ON escorts.profile_search;
CREATE OR REPLACE FUNCTION escorts.on_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.new_listings SELECT l.profile_id, l.city, app.now() FROM listed l
    WHERE NOT l.is_touring
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER on_listed AFTER INSERT ON escorts.profile_search
    REFERENCING NEW TABLE AS listed FOR EACH STATEMENT EXECUTE FUNCTION escorts.on_listed();
CREATE TRIGGER on_city_changed AFTER UPDATE OF is_touring ON escorts.profile_search
    FOR EACH ROW WHEN (OLD.is_touring AND NOT NEW.is_touring) EXECUTE FUNCTION escorts.on_city_changed();

REVOKE ALL ON FUNCTION escorts.tour_minutes_of FROM PUBLIC;
SELECT escorts.rebuild_search();
