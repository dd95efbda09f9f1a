-- Search index: one narrow row per listed profile, updated in the transaction that changes it.
-- It only selects candidates: results are checked against escorts.public_profiles_v1 again.
-- depends: 0021.escorts-reference

CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;

-- Written by the future reviews and subscriptions. A profile without reviews has rating NULL, not zero.
ALTER TABLE escorts.profiles
    ADD COLUMN featured boolean NOT NULL DEFAULT false,
    ADD COLUMN rating numeric(3, 2) CHECK (rating BETWEEN 1 AND 5),
    ADD COLUMN review_count integer NOT NULL DEFAULT 0 CHECK (review_count >= 0),
    ADD CONSTRAINT rating_requires_reviews CHECK ((rating IS NULL) = (review_count = 0));

-- Vocabulary of facets: the bit of each value in its mask. Assigned bits never change.
CREATE TABLE escorts.facet_values (
    kind text NOT NULL CHECK (kind IN ('service', 'language', 'ethnicity', 'venue')),
    key text NOT NULL,
    bit smallint NOT NULL CHECK (bit BETWEEN 0 AND 62),
    PRIMARY KEY (kind, key),
    UNIQUE (kind, bit)
);
INSERT INTO escorts.facet_values (kind, key, bit)
SELECT kind, key, position - 1
FROM (VALUES
    ('service', '{conversation,couples,culture,dance,dinner,event,intimacy,massage,overnight,sport,'
                'travel,video}'::text[]),
    ('language', '{ar,cs,da,de,el,en,es,fr,hi,hu,it,ja,ko,mi,nl,no,pl,pt,ro,ru,sv,th,tr,uk,vi,zh}'),
    ('ethnicity', '{african,arab,asian,black,caribbean,caucasian,european,indian,latina,maori,'
                  'mixed,pacific,persian,slavic,turkish}'),
    ('venue', '{incall,outcall}')
) AS vocabulary (kind, keys)
CROSS JOIN unnest(keys) WITH ORDINALITY AS word (key, position);

-- Lower-case text without accents, for comparisons.
CREATE FUNCTION escorts.normalize_text(value text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;

CREATE FUNCTION escorts.search_mask(wanted_kind text, keys text[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(bit_or(1::bigint << w.bit), 0) FROM escorts.facet_values w
    WHERE w.kind = wanted_kind AND w.key = ANY (keys)
$$;

-- Index of a quarter-degree grid cell, counted eastwards from the south-west. Arguments are in
-- hundredths of a degree.
CREATE FUNCTION escorts.grid_cell_of(latitude_e2 integer, longitude_e2 integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least((latitude_e2 + 9000) / 25, 719) * 1440 + least((longitude_e2 + 18000) / 25, 1439)
$$;

-- Ranking tier by completeness and activity, independent of payment (as in domain/ranking.py).
CREATE FUNCTION escorts.search_tier(complete boolean, recent boolean) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (complete::int + recent::int)::smallint $$;

-- Slot of a profile in the ranking circle of its city and tier. It is assigned once: pausing a
-- profile, or removing and restoring a text, does not assign a new one.
CREATE TABLE escorts.ranking_slots (
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL REFERENCES escorts.cities,
    tier smallint NOT NULL,
    slot integer NOT NULL,
    PRIMARY KEY (profile_id, city, tier)
);
CREATE INDEX ranking_slots_last ON escorts.ranking_slots (city, tier, slot);

-- Position of a slot on a circle of 2^30. Slots lie the golden ratio apart, so that the gaps between
-- neighbours are similar for any number of slots (domain/ranking.py). Each city and tier has another
-- start.
CREATE FUNCTION escorts.slot_position(city text, tier smallint, slot integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((('x' || left(md5(city || ':' || tier), 7))::bit(28)::integer::bigint
             + ((slot::bigint * 2718142227965) % 4398046511104) / 4096) % 1073741824)::integer
$$;

CREATE TABLE escorts.profile_search (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    city text NOT NULL,
    grid_cell integer NOT NULL,
    tier smallint NOT NULL,
    slot_position integer NOT NULL,
    latitude_e2 smallint NOT NULL,
    longitude_e2 smallint NOT NULL,
    price_from integer,
    currency text,
    age smallint NOT NULL,
    rating numeric(3, 2),
    review_count integer NOT NULL,
    featured boolean NOT NULL,
    services bigint NOT NULL,
    languages bigint NOT NULL,
    ethnicities bigint NOT NULL,
    venues smallint NOT NULL,
    -- Minutes since Monday 00:00, local time; hours beyond the end of the week wrap around.
    weekly_minutes int4multirange NOT NULL,
    -- Whether availability depends on more than the weekly hours.
    has_exceptions boolean NOT NULL,
    created_at timestamptz NOT NULL,
    public_until timestamptz NOT NULL,
    -- End of the time in which the profile counts as recently active; NULL if it is over.
    active_until timestamptz,
    name_normalized text NOT NULL
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01,
        autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX profile_search_by_city ON escorts.profile_search (city, tier, slot_position, profile_id)
    INCLUDE (latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until);
CREATE INDEX profile_search_by_grid_cell ON escorts.profile_search (grid_cell, tier, slot_position, profile_id)
    INCLUDE (city, latitude_e2, longitude_e2, price_from, currency, age, rating, featured, services,
             languages, ethnicities, venues, weekly_minutes, has_exceptions, public_until);
CREATE INDEX profile_search_by_price
    ON escorts.profile_search (city, currency, price_from, profile_id);
CREATE INDEX profile_search_by_rating ON escorts.profile_search (city, rating, profile_id);
CREATE INDEX profile_search_by_name ON escorts.profile_search (city, name_normalized, profile_id);
CREATE INDEX profile_search_by_created_at
    ON escorts.profile_search (city, created_at, profile_id);
CREATE INDEX profile_search_name_similarity
    ON escorts.profile_search USING gin (name_normalized public.gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX profile_search_active_until ON escorts.profile_search (active_until)
    WHERE active_until IS NOT NULL;

-- Words of name and bio, with the city as an additional word (#berlin), so that a search in a city
-- reads the postings of that city only.
CREATE TABLE escorts.profile_search_text (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profile_search ON DELETE CASCADE,
    document tsvector NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01);
CREATE INDEX profile_search_text_words
    ON escorts.profile_search_text USING gin (document) WITH (fastupdate = off);

CREATE FUNCTION escorts.weekly_minutes_of(profile uuid) RETURNS int4multirange LANGUAGE sql STABLE AS $$
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

-- Tell whether anything besides the weekly hours may affect this profile's availability. False
-- positives are allowed: is_open decides.
CREATE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT false $$;

-- Tell whether the profile is available for the whole of `during`. Hours are local: across a change
-- of the clocks an evening is an hour longer or shorter.
CREATE FUNCTION escorts.is_open(profile_id uuid, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(range_agg(hours.period) @> during, false)
    FROM escorts.profiles p
    JOIN escorts.cities c ON c.slug = p.city
    JOIN escorts.availability a ON a.profile_id = p.id
    CROSS JOIN LATERAL (SELECT (lower(during) AT TIME ZONE c.zone)::date - 1 AS first,
                               (upper(during) AT TIME ZONE c.zone)::date AS last) d
    CROSS JOIN LATERAL generate_series(0, d.last - d.first) AS n (days)
    CROSS JOIN LATERAL (SELECT
        (d.first + n.days + a.starts) AT TIME ZONE c.zone AS starts,
        (d.first + n.days + a.ends
         + CASE WHEN a.ends <= a.starts THEN interval '1 day' ELSE interval '0' END)
            AT TIME ZONE c.zone AS ends) t
    CROSS JOIN LATERAL (SELECT CASE WHEN t.starts < t.ends
                                    THEN tstzrange(t.starts, t.ends) END AS period) hours
    WHERE p.id = is_open.profile_id AND extract(isodow FROM d.first + n.days) = a.weekday
$$;

-- Expected content of profile_search. Expiry and the account's status are left to
-- public_profiles_v1, so that a row does not become wrong as time passes.
CREATE VIEW escorts.searchable_profiles AS
SELECT p.id AS profile_id, p.city,
    escorts.grid_cell_of(point.latitude_e2, point.longitude_e2) AS grid_cell,
    quality.tier, escorts.slot_position(p.city, quality.tier, slots.slot) AS slot_position,
    point.latitude_e2::smallint, point.longitude_e2::smallint,
    price.amount::integer AS price_from, price.currency, p.age, p.rating, p.review_count,
    p.featured, escorts.search_mask('service', p.services) AS services,
    escorts.search_mask('language', p.languages) AS languages,
    escorts.search_mask('ethnicity', regexp_split_to_array(
        escorts.normalize_text(coalesce(p.ethnicity, '')), '[^a-z]+')) AS ethnicities,
    offered.venues::smallint, escorts.weekly_minutes_of(p.id) AS weekly_minutes,
    escorts.has_availability_exceptions(p.id) AS has_exceptions, p.created_at, terms.public_until,
    quality.active_until, escorts.normalize_text(p.name) AS name_normalized
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
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
    ON slots.profile_id = p.id AND slots.city = p.city AND slots.tier = quality.tier
-- The lowest rate in the city's currency, else in the first other currency.
LEFT JOIN LATERAL (SELECT r.amount, r.currency::text FROM escorts.rates r
    WHERE r.profile_id = p.id
    ORDER BY r.currency <> c.currency, r.currency, r.amount LIMIT 1) price ON true
-- The first location with coordinates, else the centre of the city.
LEFT JOIN LATERAL (SELECT l.latitude, l.longitude FROM escorts.locations l
    WHERE l.profile_id = p.id AND l.latitude IS NOT NULL ORDER BY l.position LIMIT 1) own ON true
CROSS JOIN LATERAL (SELECT
    round(coalesce(own.latitude, c.latitude::numeric) * 100)::integer AS latitude_e2,
    round(coalesce(own.longitude, c.longitude::numeric) * 100)::integer AS longitude_e2) point
WHERE p.status = 'active' AND NOT p.hidden AND p.closed_at IS NULL
    AND p.consent_version IS NOT NULL
    AND p.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                   WHERE k.capability = 'directory.listing');

CREATE VIEW escorts.searchable_texts AS
SELECT s.profile_id, array_to_tsvector(ARRAY['#' || s.city])
    || to_tsvector('simple', escorts.normalize_text(p.name || ' ' || p.bio)) AS document
FROM escorts.profile_search s JOIN escorts.profiles p ON p.id = s.profile_id;
