-- The last instant at which the clock of a zone shows a local time (kit/local_time.py computes the same in Python).
CREATE OR REPLACE FUNCTION escorts.last_instant(wall timestamp, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT wall AT TIME ZONE zone $$;

-- Times and cities in which the provider can be met within `during` (bounded); the same result as
-- open_periods of domain/availability.py.
CREATE OR REPLACE FUNCTION escorts.open_periods(profile_id uuid, during tstzrange)
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
    ), available AS (
        SELECT coalesce(range_agg(tstzrange(n.since, n.until)), '{}') AS now
        FROM escorts.available_now n WHERE n.profile_id = open_periods.profile_id
    )
    SELECT s.city, s.zone,
        range_agg(s.presence * (weekly.hours + dated.opened - dated.closed + available.now))
    FROM stay s
    CROSS JOIN dated
    CROSS JOIN available
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

REVOKE ALL ON FUNCTION escorts.open_periods FROM PUBLIC;
GRANT USAGE ON SCHEMA escorts TO bookings_web;
GRANT EXECUTE ON FUNCTION escorts.open_periods TO bookings_web;
