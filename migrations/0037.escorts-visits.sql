-- Whoever is on tour is found where she is: a row of profile_search for each city, each with the
-- time for which it counts. Rows do not become wrong by time alone.
-- depends: 0033.escorts-saved 0036.public-pages

DROP VIEW escorts.profile_cities_v1, escorts.searchable_text, escorts.searchable;
DROP FUNCTION escorts.is_home;
DELETE FROM escorts.profile_search_text;
DELETE FROM escorts.profile_search;
DROP INDEX escorts.profile_search_by_city, escorts.profile_search_by_cell;

ALTER TABLE escorts.profile_search_text DROP CONSTRAINT profile_search_text_profile_id_fkey;
ALTER TABLE escorts.profile_search
    ADD COLUMN visiting boolean NOT NULL DEFAULT false,
    -- When she is there; NULL is always.
    ADD COLUMN presence tstzmultirange,
    DROP CONSTRAINT profile_search_pkey,
    ADD PRIMARY KEY (profile_id, city);
ALTER TABLE escorts.profile_search_text
    ADD FOREIGN KEY (profile_id) REFERENCES escorts.profiles;
CREATE INDEX profile_search_by_city ON escorts.profile_search (city, tier, seed, profile_id)
    INCLUDE (latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly, irregular, public_until,
             visiting, presence);
CREATE INDEX profile_search_by_cell ON escorts.profile_search (cell, tier, seed, profile_id)
    INCLUDE (city, latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly, irregular, public_until,
             visiting, presence);

-- The week of a tour: hours of its own, or the usual ones on the clock there.
CREATE FUNCTION escorts.tour_week_of(tour uuid, profile uuid) RETURNS int4multirange
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(part) = 0 THEN escorts.week_of(profile) ELSE range_agg(part) END
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

-- Tours are said by presence, all else by this. Rows that are over count as well: the answer must not change by time alone, or the search's
-- nightly check would find it stale. The job "delete-expired-availability" takes them away.
CREATE OR REPLACE FUNCTION escorts.is_irregular(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM escorts.availability_exceptions e WHERE e.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.available_now n WHERE n.profile_id = profile)
$$;

-- What profile_search should hold, whatever it holds. Time and the account's standing are left to
-- the gate: a row does not become wrong by itself.
CREATE VIEW escorts.searchable AS
SELECT p.id AS profile_id, place.city,
    escorts.search_cell(point.latitude_e2, point.longitude_e2) AS cell,
    quality.tier, escorts.search_seed(place.city, quality.tier, seats.seat) AS seed,
    point.latitude_e2::smallint, point.longitude_e2::smallint,
    price.amount::integer AS price_from, price.currency, p.age, p.rating, p.review_count,
    p.featured, escorts.search_mask('service', p.services) AS services,
    escorts.search_mask('language', p.languages) AS languages,
    escorts.search_mask('ethnicity', regexp_split_to_array(
        escorts.fold(coalesce(p.ethnicity, '')), '[^a-z]+')) AS ethnicities,
    offered.venues::smallint, place.weekly,
    escorts.is_irregular(p.id) OR place.mixed AS irregular, p.created_at, terms.public_until,
    quality.fades_at, escorts.fold(p.name) AS name_folded, place.visiting, place.presence
FROM escorts.profiles p
-- Where she is to be found, and when: at home but for the tours that take her away, and in each
-- tour's city for its days.
CROSS JOIN LATERAL (
    SELECT p.city, false AS visiting, tstzmultirange(tstzrange(NULL, NULL)) - (
            SELECT range_agg(t.period) FROM escorts.tours t
            WHERE t.profile_id = p.id AND NOT t.at_home AND t.city <> p.city) AS presence,
        escorts.week_of(p.id) AS weekly, false AS mixed
    UNION ALL
    -- Two tours to one city may have hours of their own each.
    SELECT t.city, true, range_agg(t.period), range_agg(w.weekly), count(DISTINCT w.weekly) > 1
    FROM escorts.tours t
    CROSS JOIN LATERAL (SELECT escorts.tour_week_of(t.id, p.id) AS weekly) w
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
    THEN p.updated_at + interval '30 days' END AS fades_at,
    char_length(p.bio) >= 120 AND cardinality(p.languages) > 0 AND offered.rates > 0
        AND EXISTS (SELECT FROM escorts.availability a WHERE a.profile_id = p.id) AS complete) told
CROSS JOIN LATERAL (SELECT escorts.search_tier(told.complete, told.fades_at IS NOT NULL) AS tier,
    told.fades_at) quality
LEFT JOIN escorts.search_seats seats
    ON seats.profile_id = p.id AND seats.city = place.city AND seats.tier = quality.tier
-- The lowest rate in the place's own money, or else in the first other one.
LEFT JOIN LATERAL (SELECT r.amount, r.currency::text FROM escorts.rates r
    WHERE r.profile_id = p.id
    ORDER BY r.currency <> c.currency, r.currency, r.amount LIMIT 1) price ON true
-- The first place that has a point, or else the middle of the city.
LEFT JOIN LATERAL (SELECT l.latitude, l.longitude FROM escorts.locations l
    WHERE NOT place.visiting AND l.profile_id = p.id AND l.latitude IS NOT NULL
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

CREATE VIEW escorts.searchable_text AS
SELECT s.profile_id, array_to_tsvector(s.places)
    || to_tsvector('simple', escorts.fold(p.name || ' ' || p.bio)) AS document
FROM (SELECT r.profile_id, array_agg('#' || r.city) AS places
      FROM escorts.profile_search r GROUP BY r.profile_id) s
JOIN escorts.profiles p ON p.id = s.profile_id;

CREATE OR REPLACE FUNCTION escorts.refresh_search(profile uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM escorts.profiles p WHERE p.id = profile FOR NO KEY UPDATE;
    PERFORM escorts.take_seat(profile);
    DELETE FROM escorts.profile_search s
    WHERE s.profile_id = profile AND NOT EXISTS (SELECT FROM escorts.searchable x
        WHERE x.profile_id = profile AND x.city = s.city);
    INSERT INTO escorts.profile_search AS s
    SELECT * FROM escorts.searchable x WHERE x.profile_id = profile
    ON CONFLICT (profile_id, city) DO UPDATE SET (cell, tier, seed, latitude_e2, longitude_e2,
        price_from, currency, age, rating, review_count, featured, services, languages,
        ethnicities, venues, weekly, irregular, created_at, public_until, fades_at, name_folded,
        visiting, presence)
        = ROW (EXCLUDED.cell, EXCLUDED.tier, EXCLUDED.seed, EXCLUDED.latitude_e2,
            EXCLUDED.longitude_e2, EXCLUDED.price_from, EXCLUDED.currency, EXCLUDED.age,
            EXCLUDED.rating, EXCLUDED.review_count, EXCLUDED.featured, EXCLUDED.services,
            EXCLUDED.languages, EXCLUDED.ethnicities, EXCLUDED.venues, EXCLUDED.weekly,
            EXCLUDED.irregular, EXCLUDED.created_at, EXCLUDED.public_until, EXCLUDED.fades_at,
            EXCLUDED.name_folded, EXCLUDED.visiting, EXCLUDED.presence)
    WHERE s.* IS DISTINCT FROM EXCLUDED.*;
    DELETE FROM escorts.profile_search_text t
    WHERE t.profile_id = profile
        AND NOT EXISTS (SELECT FROM escorts.profile_search s WHERE s.profile_id = profile);
    INSERT INTO escorts.profile_search_text AS t
    SELECT * FROM escorts.searchable_text x WHERE x.profile_id = profile
    ON CONFLICT (profile_id) DO UPDATE SET document = EXCLUDED.document
    WHERE t.document <> EXCLUDED.document;
END
$$;

CREATE OR REPLACE FUNCTION escorts.rebuild_search() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rows bigint;
BEGIN
    LOCK TABLE escorts.search_seats IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM escorts.profile_search_text;
    DELETE FROM escorts.profile_search;
    DELETE FROM escorts.search_seats;
    CREATE TEMPORARY TABLE rebuilt_search ON COMMIT DROP AS SELECT * FROM escorts.searchable;
    INSERT INTO escorts.search_seats (profile_id, city, tier, seat)
    SELECT x.profile_id, x.city, x.tier,
        row_number() OVER (PARTITION BY x.city, x.tier ORDER BY x.profile_id)
    FROM rebuilt_search x;
    UPDATE rebuilt_search x SET seed = escorts.search_seed(n.city, n.tier, n.seat)
    FROM escorts.search_seats n
    WHERE n.profile_id = x.profile_id AND n.city = x.city AND n.tier = x.tier;
    -- In the order of the table's main reader.
    INSERT INTO escorts.profile_search
    SELECT * FROM rebuilt_search x ORDER BY x.city, x.tier, x.seed;
    GET DIAGNOSTICS rows = ROW_COUNT;
    INSERT INTO escorts.profile_search_text SELECT * FROM escorts.searchable_text;
    DROP TABLE rebuilt_search;
    RETURN rows;
END
$$;

CREATE OR REPLACE FUNCTION escorts.settle_search(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(escorts.refresh_search(due.profile_id)::text) FROM (
        SELECT s.profile_id FROM escorts.profile_search s
        WHERE s.fades_at <= app.now() AND NOT s.visiting
        ORDER BY s.fades_at, s.profile_id LIMIT most) due
$$;

CREATE OR REPLACE FUNCTION escorts.check_search() RETURNS TABLE (profile_id uuid, difference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(x.profile_id, s.profile_id), CASE
        WHEN s.profile_id IS NULL THEN 'missing' WHEN x.profile_id IS NULL THEN 'superfluous'
        ELSE 'stale' END
    FROM escorts.searchable x
    FULL JOIN escorts.profile_search s ON s.profile_id = x.profile_id AND s.city = x.city
    -- Who has stopped counting as recent since the job settled that is no difference.
    WHERE ROW (x.*) IS DISTINCT FROM ROW (s.*) AND (s.fades_at <= app.now()) IS NOT TRUE
    UNION ALL
    SELECT coalesce(x.profile_id, t.profile_id), 'words'
    FROM escorts.searchable_text x
    FULL JOIN escorts.profile_search_text t ON t.profile_id = x.profile_id
    -- Words without a row are said above already, unless there should be no row either.
    WHERE t.document IS DISTINCT FROM x.document AND (x.profile_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM escorts.searchable y WHERE y.profile_id = t.profile_id))
$$;

CREATE OR REPLACE FUNCTION escorts.leave_search() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    leaving uuid;
BEGIN
    IF TG_TABLE_NAME = 'profiles' THEN
        leaving := NEW.id;
    ELSE
        leaving := OLD.profile_id;
    END IF;
    DELETE FROM escorts.profile_search s WHERE s.profile_id = leaving;
    DELETE FROM escorts.profile_search_text t WHERE t.profile_id = leaving;
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
    FROM escorts.searchable x
    WHERE x.profile_id = s.profile_id AND x.city = s.city
        AND x.public_until <> s.public_until;
    RETURN NULL;
END
$$;

-- Only where somebody lives she is news; where she visits, her tour says so.
DROP TRIGGER notes_listed ON escorts.profile_search;
DROP TRIGGER notes_moved ON escorts.profile_search;
CREATE OR REPLACE FUNCTION escorts.note_listed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.arrivals SELECT l.profile_id, l.city, app.now() FROM listed l
    WHERE NOT l.visiting
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER notes_listed AFTER INSERT ON escorts.profile_search
    REFERENCING NEW TABLE AS listed FOR EACH STATEMENT EXECUTE FUNCTION escorts.note_listed();
CREATE TRIGGER notes_moved AFTER UPDATE OF visiting ON escorts.profile_search
    FOR EACH ROW WHEN (OLD.visiting AND NOT NEW.visiting) EXECUTE FUNCTION escorts.note_moved();

REVOKE ALL ON FUNCTION escorts.tour_week_of FROM PUBLIC;
SELECT escorts.rebuild_search();
