-- Values of a row of the search index.

-- Lower-case text without accents, for comparisons.
CREATE OR REPLACE FUNCTION escorts.normalize_text(value text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;

-- Bitmask of the values of a kind; an unknown value has no bit.
CREATE OR REPLACE FUNCTION escorts.search_mask(wanted_kind text, keys text[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bit_or(1::bigint << w.bit), 0) FROM escorts.facet_values w
    WHERE w.kind = wanted_kind AND w.key = ANY (keys)
$$;

-- Index of a quarter-degree grid cell, counted eastwards from the south-west. Arguments are in
-- hundredths of a degree.
CREATE OR REPLACE FUNCTION escorts.grid_cell_of(latitude_e2 integer, longitude_e2 integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least((latitude_e2 + 9000) / 25, 719) * 1440 + least((longitude_e2 + 18000) / 25, 1439)
$$;

-- Ranking tier by completeness and activity, independent of payment (as in domain/ranking.py).
CREATE OR REPLACE FUNCTION escorts.search_tier(complete boolean, recent boolean) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (complete::int + recent::int)::smallint $$;

-- Position of a slot on a circle of 2^30. Slots lie the golden ratio apart, so that the gaps between
-- neighbours are similar for any number of slots (domain/ranking.py). Each city and tier has another
-- start.
CREATE OR REPLACE FUNCTION escorts.slot_position(city text, tier smallint, slot integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((('x' || left(md5(city || ':' || tier), 7))::bit(28)::integer::bigint
             + ((slot::bigint * 2718142227965) % 4398046511104) / 4096) % 1073741824)::integer
$$;

-- Weekly hours as minutes since Monday 00:00.
CREATE OR REPLACE FUNCTION escorts.weekly_minutes_of(profile uuid) RETURNS int4multirange LANGUAGE sql STABLE AS $$
    SELECT coalesce(range_agg(part), '{}')
    FROM escorts.availability a
    CROSS JOIN LATERAL (SELECT
        (a.weekday - 1) * 1440 + extract(epoch FROM a.starts)::integer / 60 AS starts,
        (a.weekday - 1) * 1440 + extract(epoch FROM a.ends)::integer / 60
            + CASE WHEN a.ends <= a.starts THEN 1440 ELSE 0 END AS ends) m
    CROSS JOIN LATERAL (VALUES
        (int4range(m.starts, least(m.ends, 10080))),
        (int4range(0, greatest(m.ends - 10080, 0)))) AS parts (part)
    WHERE a.profile_id = profile
$$;

-- Weekly minutes of a tour: its own hours, else the usual weekly hours in local time of the tour city.
CREATE OR REPLACE FUNCTION escorts.tour_minutes_of(tour uuid, profile uuid) RETURNS int4multirange
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

-- Tell whether exceptions from the weekly hours may affect this profile's availability; tours are covered by
-- present_during. False positives are allowed: is_open decides. Past rows count as well: the result must not change as
-- time passes, or the nightly verification of the search would report it as stale. The job
-- "delete-expired-availability" deletes them.
CREATE OR REPLACE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM escorts.availability_exceptions e WHERE e.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.available_now n WHERE n.profile_id = profile)
$$;

REVOKE ALL ON FUNCTION escorts.tour_minutes_of, escorts.has_availability_exceptions FROM PUBLIC;
