REVOKE ALL ON escorts.activity, escorts.tours, escorts.availability_exceptions, escorts.available_now
    FROM escorts_scheduled;
REVOKE SELECT (user_id, status, hidden, version), UPDATE (hidden, version, updated_at)
    ON escorts.profiles FROM escorts_scheduled;
DROP VIEW escorts.public_availability_v1, escorts.availability_records, escorts.profile_cities_v1;
DROP FUNCTION escorts.is_home, escorts.is_open_in;
CREATE OR REPLACE FUNCTION escorts.has_availability_exceptions(profile uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT false $$;
CREATE OR REPLACE FUNCTION escorts.is_open(profile_id uuid, during tstzrange) RETURNS boolean
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
DROP TRIGGER init_activity ON escorts.profiles;
DROP FUNCTION escorts.init_activity, escorts.open_periods;
DROP TABLE escorts.activity, escorts.available_now, escorts.tour_hours, escorts.tours,
    escorts.availability_exceptions;
ALTER TABLE escorts.cities DROP CONSTRAINT city_has_one_zone;
DROP FUNCTION escorts.first_instant, escorts.last_instant;
DROP EXTENSION btree_gist;
SELECT escorts.rebuild_search();
