"""Reference implementations of the benchmark: hand-written SQL, and the table of the sources."""

# Table and indexes as in the sources, filled with the same directory.
SOURCES = (
    b"CREATE SCHEMA sources",
    b"""
    CREATE TABLE sources.escorts AS
    SELECT p.id, p.user_id, p.name, p.age, p.ethnicity, p.languages, p.bio,
        (SELECT jsonb_agg(jsonb_build_object('id', s)) FROM unnest(p.services) s) AS services,
        (SELECT jsonb_agg(jsonb_build_object('service', r.service, 'price', r.amount / 100.0,
            'currency', r.currency, 'venue', r.venue) ORDER BY r.position)
         FROM escorts.rates r WHERE r.profile_id = p.id) AS rates,
        jsonb_build_array(jsonb_build_object('city', p.city,
            'latitude', coalesce(l.latitude, c.latitude::numeric(4, 2)),
            'longitude', coalesce(l.longitude, c.longitude::numeric(5, 2)))) AS locations,
        (SELECT jsonb_agg(jsonb_build_object('day', a.weekday, 'start', a.starts, 'end', a.ends))
         FROM escorts.availability a WHERE a.profile_id = p.id) AS availability,
        v.status::text AS verification_status, p.status::text AS status, p.featured,
        coalesce(p.rating, 0) AS rating, p.review_count, 0 AS view_count, p.created_at, p.updated_at
    FROM escorts.profiles p
    JOIN escorts.cities c ON c.slug = p.city
    JOIN escorts.verifications v ON v.profile_id = p.id
    LEFT JOIN escorts.locations l ON l.profile_id = p.id AND l.position = 0
    WHERE NOT p.hidden""",
    b"ALTER TABLE sources.escorts ADD PRIMARY KEY (id)",
    b"CREATE INDEX idx_escorts_user_id ON sources.escorts (user_id)",
    b"CREATE INDEX idx_escorts_status ON sources.escorts (status)",
    b"CREATE INDEX idx_escorts_verification ON sources.escorts (verification_status)",
    b"CREATE INDEX idx_escorts_featured ON sources.escorts (featured)",
    b"CREATE INDEX idx_escorts_rating ON sources.escorts (rating)",
    b"""CREATE INDEX idx_escorts_search ON sources.escorts
        (status, verification_status, featured, rating DESC) WHERE status = 'active'""",
)

_FOUND = """
WITH page AS MATERIALIZED (SELECT u.* FROM ({walk}) u LIMIT 30)
SELECT g.*, s.featured, s.rating, s.review_count
FROM page JOIN escorts.public_profiles_v1 g ON g.id = page.profile_id
JOIN escorts.profile_search s ON s.profile_id = page.profile_id AND s.city = page.city
ORDER BY page.part, page.slot_position, page.profile_id LIMIT 21
"""
_RANGE = """
(SELECT s.profile_id, s.city, {part} AS part, s.slot_position FROM escorts.profile_search s
 WHERE {place} AND s.tier = {tier} AND {range} AND s.public_until > app.now() AND {filters}
 ORDER BY s.slot_position, s.profile_id)
"""
_BY_CELL = """
SELECT c.profile_id, c.city, c.part, c.slot_position FROM unnest(%(cells)s::integer[]) AS cell (key)
CROSS JOIN LATERAL ({walk} LIMIT 30) c ORDER BY c.part, c.slot_position, c.profile_id
"""
_WITHIN_RADIUS = """
12742 * asin(sqrt(power(sind((s.latitude_e2 / 100.0::float8 - %(lat)s) / 2), 2) + cosd(%(lat)s)
    * cosd(s.latitude_e2 / 100.0::float8)
    * power(sind((s.longitude_e2 / 100.0::float8 - %(lon)s) / 2), 2))) <= %(radius)s
"""
_SERVICE = "(SELECT 1::bigint << bit FROM escorts.facet_values WHERE kind = 'service' AND key = %(service)s)"
_LANGUAGE = "(SELECT 1::bigint << bit FROM escorts.facet_values WHERE kind = 'language' AND key = %(language)s)"
_FILTERS = f"""s.services & {_SERVICE} <> 0 AND s.age BETWEEN %(age_min)s AND %(age_max)s
    AND s.currency = %(currency)s AND s.price_from <= %(price)s"""
_FREE = """CASE WHEN s.has_exceptions
        THEN escorts.is_open_in(s.profile_id, s.city, %(during)s::tstzrange)
        ELSE s.weekly_minutes @> %(week)s::int4multirange
            AND (s.present_during IS NULL OR s.present_during @> %(during)s::tstzrange) END
    AND NOT EXISTS (SELECT FROM bookings.busy_slots_v1 b
        WHERE b.profile_id = s.profile_id AND b.buffered_period && %(during)s::tstzrange)"""
_MATCHES = """
SELECT s.profile_id, s.city, (2 - s.tier) * 2 + (s.slot_position < %(offset)s)::integer AS part, s.slot_position
FROM {hits} JOIN escorts.profile_search s ON s.profile_id = h.profile_id
WHERE {place} AND s.public_until > app.now()
    AND (s.present_during IS NULL OR s.present_during @> app.now()) ORDER BY 3, 4, 1
"""
_TEXT = """(SELECT t.profile_id FROM escorts.profile_search_text t WHERE t.document
    @@ (('#' || %(city)s)::tsquery && plainto_tsquery('simple', %(text)s))) h"""
_SIMILAR_NAME = """(SELECT n.profile_id FROM escorts.profile_search n
    WHERE n.name_normalized %%> %(text)s AND NOT n.is_touring) h"""


_PRESENT = "(s.present_during IS NULL OR s.present_during @> app.now())"


def _list_sql(
    place: str, filters: str, ranges: tuple[str, str] | None = None, presence: str = _PRESENT
) -> str:
    """Return the day's list as hand-written SQL: six ranges, one after the other."""
    begin, end = ranges or ("s.slot_position >= %(offset)s", "s.slot_position < %(offset)s")
    ranges_sql = [
        _RANGE.format(
            part=2 * tier_index + half,
            place=place,
            tier=tier,
            range=range_,
            filters=f"{presence} AND {filters}",
        )
        for tier_index, tier in enumerate((2, 1, 0))
        for half, range_ in enumerate(
            (begin if tier == 2 else "s.slot_position >= %(offset)s", end)
        )
    ]
    return " UNION ALL ".join(ranges_sql)


_IN_CITY_SQL = "s.city = %(city)s"
_AFTER = "s.slot_position >= %(offset)s AND (s.slot_position, s.profile_id) > (%(seed)s, %(id)s)"
HAND_WRITTEN = {
    "city": _FOUND.format(walk=_list_sql(_IN_CITY_SQL, _FILTERS)),
    "deep": _FOUND.format(
        walk=_list_sql(_IN_CITY_SQL, "true", (_AFTER, "s.slot_position < %(offset)s"))
    ),
    "radius": _FOUND.format(
        walk=_BY_CELL.format(
            walk=_list_sql(
                "s.grid_cell = cell.key", f"s.languages & {_LANGUAGE} <> 0 AND {_WITHIN_RADIUS}"
            )
        )
    ),
    "available": _FOUND.format(walk=_list_sql(_IN_CITY_SQL, _FREE, presence="true")),
    "text": _FOUND.format(walk=_MATCHES.format(hits=_TEXT, place=_IN_CITY_SQL)),
    "alike": _FOUND.format(walk=_MATCHES.format(hits=_SIMILAR_NAME, place="true")),
    "count": f"""
        SELECT count(*) FROM (
            SELECT FROM escorts.profile_search s, LATERAL (
                SELECT FROM escorts.public_profiles_v1 g WHERE g.id = s.profile_id LIMIT 1) g
            WHERE {_IN_CITY_SQL} AND s.public_until > app.now()
                AND (s.present_during IS NULL OR s.present_during @> app.now()) AND {_FILTERS} LIMIT 201) c""",
}
_PUBLIC = "status = 'active' AND verification_status = 'verified'"
_IN_CITY = "locations @> jsonb_build_array(jsonb_build_object('city', %(city)s::text))"
_JSON_FILTERS = """services @> jsonb_build_array(jsonb_build_object('id', %(service)s::text))
    AND age BETWEEN %(age_min)s AND %(age_max)s AND EXISTS (
        SELECT FROM jsonb_array_elements(rates) r
        WHERE r ->> 'currency' = %(currency)s AND (r ->> 'price')::numeric <= %(price)s / 100)"""
_PLACE_JSON = "(locations -> 0 ->> '{name}')::float8"
_PAGE = f"SELECT * FROM sources.escorts WHERE {_PUBLIC} AND {{where}} ORDER BY {{order}} LIMIT 21"
_DEFAULT_ORDER = "featured DESC, rating DESC, id"
BY_SOURCES = {
    "city": _PAGE.format(where=f"{_IN_CITY} AND {_JSON_FILTERS}", order=_DEFAULT_ORDER),
    "deep": _PAGE.format(where=_IN_CITY, order=_DEFAULT_ORDER) + " OFFSET 2000",
    "radius": _PAGE.format(
        where=f"""languages @> ARRAY[%(language)s] AND 12742 * asin(sqrt(
            power(sind(({_PLACE_JSON.format(name="latitude")} - %(lat)s) / 2), 2) + cosd(%(lat)s)
            * cosd({_PLACE_JSON.format(name="latitude")})
            * power(sind(({_PLACE_JSON.format(name="longitude")} - %(lon)s) / 2), 2)))
            <= %(radius)s""",
        order=_DEFAULT_ORDER,
    ),
    "available": _PAGE.format(
        where=f"""{_IN_CITY} AND EXISTS (SELECT FROM jsonb_array_elements(availability) a
            WHERE (a ->> 'day')::integer = %(weekday)s AND (a ->> 'start')::time <= %(starts)s
                AND (a ->> 'end')::time >= %(ends)s)""",
        order=_DEFAULT_ORDER,
    ),
    "text": _PAGE.format(
        where=f"{_IN_CITY} AND bio ILIKE '%%' || %(text)s || '%%'", order=_DEFAULT_ORDER
    ),
    "alike": _PAGE.format(where="name ILIKE '%%' || %(text)s || '%%'", order=_DEFAULT_ORDER),
    "count": f"""SELECT count(*) FROM sources.escorts
                 WHERE {_PUBLIC} AND {_IN_CITY} AND {_JSON_FILTERS}""",
}
