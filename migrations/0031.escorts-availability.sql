-- Availability of providers: exceptions, tours, "available now"; and the last activity of owners.
-- depends: 0030.escorts-search-upkeep

CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;

-- The first instant at which the clock of a zone shows a local time. A skipped time is moved forward by
-- as much as the clock; of two occurrences PostgreSQL takes the second, so check whether the zone's
-- offset of the day before gives an earlier one (kit/local_time.py computes the same in Python).
CREATE FUNCTION escorts.first_instant(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    late timestamp := wall AT TIME ZONE zone AT TIME ZONE 'UTC';
    day_before timestamp := late - interval '24 hours';
    early timestamp := wall - (day_before AT TIME ZONE 'UTC' AT TIME ZONE zone - day_before);
BEGIN
    IF early < late AND early AT TIME ZONE 'UTC' AT TIME ZONE zone = wall THEN
        RETURN early AT TIME ZONE 'UTC';
    END IF;
    RETURN late AT TIME ZONE 'UTC';
END
$$;
CREATE FUNCTION escorts.last_instant(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT wall AT TIME ZONE zone $$;

ALTER TABLE escorts.cities ADD CONSTRAINT city_has_one_zone UNIQUE (slug, zone);

-- Exceptions from the weekly hours. The zone is the one in which dates and times were entered.
CREATE TABLE escorts.availability_exceptions (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    is_open boolean NOT NULL,
    period tstzrange NOT NULL CHECK (
        NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)
        AND upper(period) - lower(period) <= interval '366 days'),
    zone text NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    CONSTRAINT exceptions_do_not_overlap EXCLUDE USING gist (profile_id WITH =, period WITH &&)
);

-- Tours, from the start of the first day to the end of the last one, in the local time of the city.
CREATE TABLE escorts.tours (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL,
    zone text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    at_home boolean NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    period tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(
        escorts.first_instant(first_day + time '00:00', zone),
        escorts.first_instant(last_day + 1 + time '00:00', zone))) STORED,
    CONSTRAINT tours_are_short CHECK (last_day - first_day BETWEEN 0 AND 89),
    CONSTRAINT tours_do_not_overlap EXCLUDE USING gist (profile_id WITH =, period WITH &&),
    FOREIGN KEY (city, zone) REFERENCES escorts.cities (slug, zone) ON UPDATE CASCADE
);
CREATE INDEX tours_by_city ON escorts.tours USING gist (city, period);

-- A tour without rows has the weekly hours, in the local time of the city.
CREATE TABLE escorts.tour_hours (
    tour_id uuid NOT NULL REFERENCES escorts.tours ON DELETE CASCADE,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time(0) NOT NULL,
    ends time(0) NOT NULL,
    PRIMARY KEY (tour_id, weekday, starts)
);

-- Expires by itself: the provider does not have to end it.
CREATE TABLE escorts.available_now (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT now_is_short CHECK (until > since AND until <= since + interval '12 hours')
);

-- Last activity of owners, in a table of its own: it changes often and is not searched.
CREATE TABLE escorts.activity (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    last_active_at timestamptz NOT NULL,
    warned_at timestamptz
);
CREATE INDEX activity_idle ON escorts.activity (last_active_at);
INSERT INTO escorts.activity (profile_id, last_active_at)
SELECT id, app.now() FROM escorts.profiles WHERE closed_at IS NULL;

-- A new profile starts with an activity of now.
CREATE FUNCTION escorts.init_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.activity (profile_id, last_active_at) VALUES (NEW.id, app.now());
    RETURN NULL;
END
$$;
CREATE TRIGGER init_activity AFTER INSERT ON escorts.profiles
    FOR EACH ROW EXECUTE FUNCTION escorts.init_activity();

-- Times and cities in which the provider can be met within `during` (bounded); the same result as
-- open_periods of domain/availability.py.
CREATE FUNCTION escorts.open_periods(profile_id uuid, during tstzrange)
RETURNS TABLE (city text, zone text, open tstzmultirange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH tour AS MATERIALIZED (
        SELECT t.id, t.city, t.zone, t.at_home, t.period FROM escorts.tours t
        WHERE t.profile_id = open_periods.profile_id AND t.period && open_periods.during
    ), stay AS (
        SELECT p.city, c.zone, NULL::uuid AS tour_id,
            tstzmultirange(open_periods.during)
                - coalesce((SELECT range_agg(t.period) FROM tour t WHERE NOT t.at_home), '{}')
                AS presence
        FROM escorts.profiles p JOIN escorts.cities c ON c.slug = p.city
        WHERE p.id = open_periods.profile_id
        UNION ALL
        SELECT t.city, t.zone, t.id, tstzmultirange(t.period * open_periods.during) FROM tour t
    ), dated AS (
        SELECT coalesce(range_agg(e.period) FILTER (WHERE e.is_open), '{}') AS opened,
            coalesce(range_agg(e.period) FILTER (WHERE NOT e.is_open), '{}') AS closed
        FROM escorts.availability_exceptions e
        WHERE e.profile_id = open_periods.profile_id AND e.period && open_periods.during
    ), said AS (
        SELECT coalesce(range_agg(tstzrange(n.since, n.until)), '{}') AS now
        FROM escorts.available_now n WHERE n.profile_id = open_periods.profile_id
    )
    SELECT s.city, s.zone,
        range_agg(s.presence * (weekly.hours + dated.opened - dated.closed + said.now))
    FROM stay s
    CROSS JOIN dated
    CROSS JOIN said
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(hour.period), '{}') AS hours
        FROM (
            SELECT h.weekday, h.starts, h.ends FROM escorts.tour_hours h
            WHERE h.tour_id = s.tour_id
            UNION ALL
            SELECT a.weekday, a.starts, a.ends FROM escorts.availability a
            WHERE a.profile_id = open_periods.profile_id
                AND NOT EXISTS (SELECT FROM escorts.tour_hours h WHERE h.tour_id = s.tour_id)
        ) r
        -- Two days back: hours that began the evening before, and clocks that moved over midnight.
        CROSS JOIN LATERAL (SELECT
            (lower(open_periods.during) AT TIME ZONE s.zone)::date - 2 AS first,
            (upper(open_periods.during) AT TIME ZONE s.zone)::date AS last) d
        CROSS JOIN LATERAL generate_series(0, d.last - d.first) AS n (days)
        CROSS JOIN LATERAL (SELECT
            escorts.first_instant(d.first + n.days + r.starts, s.zone) AS starts,
            escorts.last_instant(
                d.first + n.days + (r.ends <= r.starts)::integer + r.ends, s.zone) AS ends) t
        CROSS JOIN LATERAL (SELECT CASE WHEN t.starts < t.ends
                                        THEN tstzrange(t.starts, t.ends) END AS period) hour
        WHERE extract(isodow FROM d.first + n.days) = r.weekday
    ) weekly
    GROUP BY s.city, s.zone
$$;

-- Whether the provider can be met for the whole of `during`, all of it in one city.
CREATE OR REPLACE FUNCTION escorts.is_open(profile_id uuid, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open.profile_id, is_open.during) o
        WHERE o.open @> is_open.during)
$$;

-- The same for one city.
CREATE FUNCTION escorts.is_open_in(profile_id uuid, city text, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open_in.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open_in.profile_id, is_open_in.during) o
        WHERE o.city = is_open_in.city AND o.open @> is_open_in.during)
$$;

-- Whether the provider is at home for the public: not on a tour without meetings at home.
CREATE FUNCTION escorts.is_home(profile_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM escorts.tours t
        WHERE t.profile_id = is_home.profile_id AND t.period @> is_home.at AND NOT t.at_home)
$$;

-- Expired rows count as well: the answer must not change by time alone, or the nightly check of the
-- search index would find it stale. The job "delete-expired-availability" deletes them.
CREATE OR REPLACE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM escorts.tours t WHERE t.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.availability_exceptions e WHERE e.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.available_now n WHERE n.profile_id = profile)
$$;

-- Cities of each listed profile with their periods: the home city except during tours without meetings
-- at home, and each tour's city for its days. Readers still join the visibility view. Visiting profiles
-- are few and found by tours_by_city (WHERE visiting AND city = .. AND period @> ..); for residents
-- is_home is cheaper, and needed only for profiles with exceptions or tours.
CREATE VIEW escorts.profile_cities_v1 AS
SELECT s.profile_id, s.city, s.grid_cell, s.latitude_e2, s.longitude_e2, home.period, c.zone,
    false AS is_touring
FROM escorts.profile_search s
JOIN escorts.cities c ON c.slug = s.city
CROSS JOIN LATERAL unnest(
    tstzmultirange(tstzrange(NULL, NULL)) - coalesce((
        SELECT range_agg(t.period) FROM escorts.tours t
        WHERE t.profile_id = s.profile_id AND NOT t.at_home), '{}')) AS home (period)
UNION ALL
SELECT s.profile_id, t.city, escorts.grid_cell_of(point.latitude_e2, point.longitude_e2),
    point.latitude_e2::smallint, point.longitude_e2::smallint, t.period, t.zone, true
FROM escorts.tours t
JOIN escorts.profile_search s ON s.profile_id = t.profile_id
JOIN escorts.cities c ON c.slug = t.city
CROSS JOIN LATERAL (SELECT round(c.latitude::numeric * 100)::integer AS latitude_e2,
                           round(c.longitude::numeric * 100)::integer AS longitude_e2) point
WHERE t.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                 WHERE k.capability = 'directory.listing');

-- Whole schedule of profiles in any state, for owners and staff.
CREATE VIEW escorts.availability_records AS
SELECT p.id AS profile_id, p.city, c.zone, n.since, n.until,
    coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', a.weekday,
        'starts', a.starts, 'ends', a.ends) ORDER BY a.weekday, a.starts)
        FROM escorts.availability a WHERE a.profile_id = p.id), '[]') AS rules,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'is_open', e.is_open,
        'starts', lower(e.period), 'ends', upper(e.period), 'zone', e.zone, 'note', e.note)
        ORDER BY e.period)
        FROM escorts.availability_exceptions e WHERE e.profile_id = p.id), '[]') AS exceptions,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'city', t.city, 'zone', t.zone,
        'first_day', t.first_day, 'last_day', t.last_day, 'at_home', t.at_home, 'note', t.note,
        'hours', coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', h.weekday,
            'starts', h.starts, 'ends', h.ends) ORDER BY h.weekday, h.starts)
            FROM escorts.tour_hours h WHERE h.tour_id = t.id), '[]')) ORDER BY t.period)
        FROM escorts.tours t WHERE t.profile_id = p.id), '[]') AS tours
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
LEFT JOIN escorts.available_now n ON n.profile_id = p.id
WHERE p.closed_at IS NULL;

-- Schedule of public profiles, without private notes.
CREATE VIEW escorts.public_availability_v1 AS
SELECT r.profile_id, r.city, r.zone, r.since, r.until, r.rules,
    (SELECT coalesce(jsonb_agg(e.item - 'note'), '[]')
     FROM jsonb_array_elements(r.exceptions) AS e (item)) AS exceptions,
    (SELECT coalesce(jsonb_agg(t.item - 'note'), '[]')
     FROM jsonb_array_elements(r.tours) AS t (item)) AS tours
FROM escorts.availability_records r
JOIN escorts.public_profiles_v1 p ON p.id = r.profile_id;

REVOKE ALL ON FUNCTION escorts.init_activity, escorts.open_periods, escorts.is_open_in, escorts.is_home FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.is_open_in, escorts.is_home TO escorts_public, escorts_web;
GRANT SELECT ON escorts.profile_cities_v1, escorts.public_availability_v1 TO escorts_public;
GRANT SELECT ON escorts.availability_records, escorts.tours, escorts.availability_exceptions
    TO escorts_web;
GRANT INSERT, DELETE ON escorts.availability_exceptions, escorts.tours, escorts.tour_hours,
    escorts.available_now TO escorts_web;
GRANT SELECT, UPDATE ON escorts.available_now TO escorts_web;
GRANT SELECT, UPDATE ON escorts.activity TO escorts_web;
GRANT SELECT, DELETE ON escorts.tours, escorts.availability_exceptions, escorts.available_now,
    escorts.activity TO escorts_consumer;
-- Jobs: hide inactive profiles and delete expired rows.
GRANT SELECT (user_id, status, hidden), UPDATE (hidden, version, updated_at)
    ON escorts.profiles TO escorts_scheduled;
GRANT SELECT (version) ON escorts.profiles TO escorts_scheduled;
GRANT SELECT, UPDATE (warned_at) ON escorts.activity TO escorts_scheduled;
GRANT SELECT (profile_id, period), DELETE
    ON escorts.tours, escorts.availability_exceptions TO escorts_scheduled;
GRANT SELECT, DELETE ON escorts.available_now TO escorts_scheduled;
