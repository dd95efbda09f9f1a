-- When a provider can be met, and where: exceptions, tours, "available now"; and who was last here.
-- depends: 0030.escorts-search-upkeep

CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;

-- When the wall clock of a zone first shows a time. A time that it skips is moved forward by as
-- much as the clock is; of two showings PostgreSQL takes the second, so look whether the zone's
-- offset of the day before shows it earlier (domain/wallclock.py says the same in Python).
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

-- Other than the week says. The zone is where the dates and times were meant.
CREATE TABLE escorts.availability_exceptions (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    opens boolean NOT NULL,
    during tstzrange NOT NULL CHECK (
        NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)
        AND upper(during) - lower(during) <= interval '366 days'),
    zone text NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    CONSTRAINT exceptions_do_not_overlap EXCLUDE USING gist (profile_id WITH =, during WITH &&)
);

-- Visits: from the beginning of the first day to the end of the last one, there.
CREATE TABLE escorts.tours (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    city text NOT NULL,
    zone text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    at_home boolean NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 200),
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(
        escorts.first_instant(first_day + time '00:00', zone),
        escorts.first_instant(last_day + 1 + time '00:00', zone))) STORED,
    CONSTRAINT tours_are_short CHECK (last_day - first_day BETWEEN 0 AND 89),
    CONSTRAINT tours_do_not_overlap EXCLUDE USING gist (profile_id WITH =, during WITH &&),
    FOREIGN KEY (city, zone) REFERENCES escorts.cities (slug, zone) ON UPDATE CASCADE
);
CREATE INDEX tours_by_city ON escorts.tours USING gist (city, during);

-- A tour without hours of its own has the usual ones, on the clock there.
CREATE TABLE escorts.tour_hours (
    tour_id uuid NOT NULL REFERENCES escorts.tours ON DELETE CASCADE,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time(0) NOT NULL,
    ends time(0) NOT NULL,
    PRIMARY KEY (tour_id, weekday, starts)
);

-- It ends by itself: nobody has to come by and end it.
CREATE TABLE escorts.available_now (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT now_is_short CHECK (until > since AND until <= since + interval '12 hours')
);

-- When the owner was last here, beside the profile: it changes often and nobody searches by it.
CREATE TABLE escorts.activity (
    profile_id uuid PRIMARY KEY REFERENCES escorts.profiles,
    last_active_at timestamptz NOT NULL,
    warned_at timestamptz
);
CREATE INDEX activity_idle ON escorts.activity (last_active_at);
INSERT INTO escorts.activity (profile_id, last_active_at)
SELECT id, app.now() FROM escorts.profiles WHERE closed_at IS NULL;

-- Whoever begins a profile is here.
CREATE FUNCTION escorts.init_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO escorts.activity (profile_id, last_active_at) VALUES (NEW.id, app.now());
    RETURN NULL;
END
$$;
CREATE TRIGGER init_activity AFTER INSERT ON escorts.profiles
    FOR EACH ROW EXECUTE FUNCTION escorts.init_activity();

-- Where somebody can be met within `during` (bounded), and when; the very same answer as
-- open_periods of domain/availability.py.
CREATE FUNCTION escorts.open_periods(profile_id uuid, during tstzrange)
RETURNS TABLE (city text, zone text, open tstzmultirange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH tour AS MATERIALIZED (
        SELECT t.id, t.city, t.zone, t.at_home, t.during FROM escorts.tours t
        WHERE t.profile_id = open_periods.profile_id AND t.during && open_periods.during
    ), stay AS (
        SELECT p.city, c.zone, NULL::uuid AS tour_id,
            tstzmultirange(open_periods.during)
                - coalesce((SELECT range_agg(t.during) FROM tour t WHERE NOT t.at_home), '{}')
                AS presence
        FROM escorts.profiles p JOIN escorts.cities c ON c.slug = p.city
        WHERE p.id = open_periods.profile_id
        UNION ALL
        SELECT t.city, t.zone, t.id, tstzmultirange(t.during * open_periods.during) FROM tour t
    ), dated AS (
        SELECT coalesce(range_agg(e.during) FILTER (WHERE e.opens), '{}') AS opened,
            coalesce(range_agg(e.during) FILTER (WHERE NOT e.opens), '{}') AS closed
        FROM escorts.availability_exceptions e
        WHERE e.profile_id = open_periods.profile_id AND e.during && open_periods.during
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

-- Whether somebody can be met for the whole of `during`, all of it in one city.
CREATE OR REPLACE FUNCTION escorts.is_open(profile_id uuid, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open.profile_id, is_open.during) o
        WHERE o.open @> is_open.during)
$$;

-- The same in this city.
CREATE FUNCTION escorts.is_open_in(profile_id uuid, city text, during tstzrange) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT isempty(is_open_in.during) AND EXISTS (
        SELECT FROM escorts.open_periods(is_open_in.profile_id, is_open_in.during) o
        WHERE o.city = is_open_in.city AND o.open @> is_open_in.during)
$$;

-- Whether somebody is at home for the public's purposes: not on a tour that takes her away.
CREATE FUNCTION escorts.is_home(profile_id uuid, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM escorts.tours t
        WHERE t.profile_id = is_home.profile_id AND t.during @> is_home.at AND NOT t.at_home)
$$;

-- Rows that are over count as well: the answer must not change by time alone, or the search's
-- nightly check would find it stale. The job "delete-expired-availability" takes them away.
CREATE OR REPLACE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM escorts.tours t WHERE t.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.availability_exceptions e WHERE e.profile_id = profile)
        OR EXISTS (SELECT FROM escorts.available_now n WHERE n.profile_id = profile)
$$;

-- Where each listed profile is to be found, and when: at home for ever but for the tours that take
-- her away, and in each tour's city for its days. Who is shown still passes the gate. Those who
-- visit a city are few and found by tours_by_city (WHERE visiting AND city = .. AND during @> ..);
-- whether one who lives there is away is cheaper asked of is_home, and only if she is irregular.
CREATE VIEW escorts.places_v1 AS
SELECT s.profile_id, s.city, s.grid_cell, s.latitude_e2, s.longitude_e2, home.during, c.zone,
    false AS is_touring
FROM escorts.profile_search s
JOIN escorts.cities c ON c.slug = s.city
CROSS JOIN LATERAL unnest(
    tstzmultirange(tstzrange(NULL, NULL)) - coalesce((
        SELECT range_agg(t.during) FROM escorts.tours t
        WHERE t.profile_id = s.profile_id AND NOT t.at_home), '{}')) AS home (during)
UNION ALL
SELECT s.profile_id, t.city, escorts.grid_cell_of(point.latitude_e2, point.longitude_e2),
    point.latitude_e2::smallint, point.longitude_e2::smallint, t.during, t.zone, true
FROM escorts.tours t
JOIN escorts.profile_search s ON s.profile_id = t.profile_id
JOIN escorts.cities c ON c.slug = t.city
CROSS JOIN LATERAL (SELECT round(c.latitude::numeric * 100)::integer AS latitude_e2,
                           round(c.longitude::numeric * 100)::integer AS longitude_e2) point
WHERE t.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                 WHERE k.capability = 'directory.listing');

-- All that decides about a profile's time, whatever its state: for its owner and for staff.
CREATE VIEW escorts.availability_records AS
SELECT p.id AS profile_id, p.city, c.zone, n.since, n.until,
    coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', a.weekday,
        'starts', a.starts, 'ends', a.ends) ORDER BY a.weekday, a.starts)
        FROM escorts.availability a WHERE a.profile_id = p.id), '[]') AS rules,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'opens', e.opens,
        'starts', lower(e.during), 'ends', upper(e.during), 'zone', e.zone, 'note', e.note)
        ORDER BY e.during)
        FROM escorts.availability_exceptions e WHERE e.profile_id = p.id), '[]') AS dated,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'city', t.city, 'zone', t.zone,
        'first_day', t.first_day, 'last_day', t.last_day, 'at_home', t.at_home, 'note', t.note,
        'hours', coalesce((SELECT jsonb_agg(jsonb_build_object('weekday', h.weekday,
            'starts', h.starts, 'ends', h.ends) ORDER BY h.weekday, h.starts)
            FROM escorts.tour_hours h WHERE h.tour_id = t.id), '[]')) ORDER BY t.during)
        FROM escorts.tours t WHERE t.profile_id = p.id), '[]') AS tours
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
LEFT JOIN escorts.available_now n ON n.profile_id = p.id
WHERE p.closed_at IS NULL;

-- The same of whom the gate lets through, without what she wrote for herself.
CREATE VIEW escorts.public_availability_v1 AS
SELECT r.profile_id, r.city, r.zone, r.since, r.until, r.rules,
    (SELECT coalesce(jsonb_agg(e.item - 'note'), '[]')
     FROM jsonb_array_elements(r.dated) AS e (item)) AS dated,
    (SELECT coalesce(jsonb_agg(t.item - 'note'), '[]')
     FROM jsonb_array_elements(r.tours) AS t (item)) AS tours
FROM escorts.availability_records r
JOIN escorts.public_profiles_v1 p ON p.id = r.profile_id;

REVOKE ALL ON FUNCTION escorts.init_activity, escorts.open_periods, escorts.is_open_in, escorts.is_home FROM PUBLIC;
GRANT EXECUTE ON FUNCTION escorts.is_open_in, escorts.is_home TO escorts_public, escorts_web;
GRANT SELECT ON escorts.places_v1, escorts.public_availability_v1 TO escorts_public;
GRANT SELECT ON escorts.availability_records, escorts.tours, escorts.availability_exceptions
    TO escorts_web;
GRANT INSERT, DELETE ON escorts.availability_exceptions, escorts.tours, escorts.tour_hours,
    escorts.available_now TO escorts_web;
GRANT SELECT, UPDATE ON escorts.available_now TO escorts_web;
GRANT SELECT, UPDATE ON escorts.activity TO escorts_web;
GRANT SELECT, DELETE ON escorts.tours, escorts.availability_exceptions, escorts.available_now,
    escorts.activity TO escorts_consumer;
-- The jobs: who is idle and to be hidden, and what is over.
GRANT SELECT (user_id, status, hidden), UPDATE (hidden, version, updated_at)
    ON escorts.profiles TO escorts_scheduled;
GRANT SELECT (version) ON escorts.profiles TO escorts_scheduled;
GRANT SELECT, UPDATE (warned_at) ON escorts.activity TO escorts_scheduled;
GRANT SELECT (profile_id, during), DELETE
    ON escorts.tours, escorts.availability_exceptions TO escorts_scheduled;
GRANT SELECT, DELETE ON escorts.available_now TO escorts_scheduled;
