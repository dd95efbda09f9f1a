"""Queries on the search index, in a role that sees only the index and the public profiles.

There are three access paths, the first two giving the same list:
- `scan` reads the list in order by index, for each key of the scope, and stops early;
- `sort_matches` starts from the profiles with a rare word or a similar name, and sorts them;
- `sample_rows` reads up to a number of rows in no particular order, for counting.
Visibility is checked by another statement (`public_ids`), whose plan is prepared once.
"""

# ruff: noqa: S608 - statements are put together from parts of ours; every value is a parameter

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from escorts.domain.profiles import City
from escorts.domain.search import Criteria, ListPosition
from escorts.repository.directory import Directory
from escorts.repository.search_filters import (
    FilterConditions,
    TimeWindow,
    build_conditions,
    distance_expression,
)
from escorts.repository.search_orders import Order, Segment
from escorts.repository.search_rows import (
    Candidate,
    FacetRow,
    FoundProfile,
    SearchScope,
)
from escorts.repository.search_windows import load_time_windows
from kit.db import UnitOfWork

MIN_NAME_SIMILARITY = 0.5
"""Lowest `word_similarity` at which a name counts as similar."""
COMMON_TEXT_ROWS = 2000
"""Number of matching rows from which a scan of the list is faster than the text index."""
_PUBLIC_IDS = "SELECT g.id FROM escorts.public_profiles_v1 g WHERE g.id = ANY (%s)"
_MATCHES_TEXT = """
LEFT JOIN LATERAL (SELECT true AS has_text FROM escorts.profile_search_text t
                   WHERE t.profile_id = c.profile_id AND t.document @@ {query} LIMIT 1) w ON true
"""
_TEXT_QUERY = "plainto_tsquery('simple', escorts.normalize_text(%(text)s))"
_FOUND_PROFILES = """
SELECT g.id, g.slug, g.name, g.age, g.city, g.city_name, g.country, g.zone, g.bio, g.height_cm,
    g.weight_kg, g.measurements, g.hair_color, g.eye_color, g.ethnicity, g.languages, g.services,
    g.rates, g.locations, g.availability, g.verified_at, g.updated_at,
    g.public_until,
    s.featured, s.rating, s.review_count, s.currency AS price_currency, {distance} AS distance_km,
    stay.city_slug, stay.city_name AS stay_city_name, stay.first_day, stay.last_day
FROM unnest(%(ids)s::uuid[], %(found_in)s::text[]) AS found (id, city)
JOIN escorts.profile_search s ON s.profile_id = found.id AND s.city = found.city
JOIN escorts.public_profiles_v1 g ON g.id = s.profile_id
LEFT JOIN LATERAL (
    SELECT c.slug AS city_slug, c.name AS city_name,
        (lower(present.during) AT TIME ZONE c.zone)::date AS first_day,
        (upper(present.during) AT TIME ZONE c.zone)::date - 1 AS last_day
    FROM escorts.cities c, unnest(s.present_during) AS present (during)
    WHERE c.slug = s.city AND upper(present.during) > %(stay_at)s
    ORDER BY present.during LIMIT 1) stay ON s.is_touring
"""
_MASKS = """
SELECT name, escorts.search_mask(kind, keys) AS mask
FROM jsonb_to_recordset(%s) AS requested (name text, kind text, keys text[])
"""


class SearchRepository:
    """Read access to the search index, created by `public_search`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def cities(self) -> list[City]:
        """Return every city of the directory."""
        return Directory(self._work).cities()

    def facet_masks(self, requests: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, int]:
        """Return a bitmask for each request; a request is a name with the kind and keys."""
        import json

        items = [
            {"name": name, "kind": kind, "keys": list(keys)}
            for name, (kind, keys) in requests.items()
        ]
        rows = self._work.execute(_MASKS, (json.dumps(items),))
        return {row["name"]: row["mask"] for row in rows}

    def facet_values(self) -> dict[str, list[tuple[str, int]]]:
        """Return the facet vocabulary: for each kind its keys and their bitmasks."""
        rows = self._work.execute(
            "SELECT kind, key, 1::bigint << bit AS mask FROM escorts.facet_values ORDER BY kind, bit"
        )
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            found.setdefault(row["kind"], []).append((row["key"], row["mask"]))
        return found

    def prepare(
        self, criteria: Criteria, scope: SearchScope, masks: Mapping[str, int], now: datetime
    ) -> "PreparedSearch":
        """Load the time windows of the search and return it ready to execute."""
        found: list[TimeWindow] = []
        if criteria.availability is not None:
            found = load_time_windows(self._work, criteria.availability, scope.cities, now)
        conditions = build_conditions(criteria, masks, found, now)
        return PreparedSearch(self._work, criteria, scope, conditions, now, found)


class PreparedSearch:
    """Search over one scope, with the conditions of its statements."""

    def __init__(
        self,
        work: UnitOfWork,
        criteria: Criteria,
        scope: SearchScope,
        conditions: FilterConditions,
        now: datetime,
        windows: Sequence[TimeWindow] = (),
    ) -> None:
        self.windows = windows
        self._now = now
        self._work = work
        self._criteria = criteria
        self._scope = scope
        self._filters = conditions
        self._keys = f"%(keys)s::{'integer' if scope.column == 'grid_cell' else 'text'}[]"
        self._parameters = conditions.parameters | {"keys": scope.keys, "cities": scope.cities}
        if criteria.text is not None:
            self._parameters |= {
                "text": criteria.text,
                "city_condition": scope.city_condition,
            }
        if scope.column == "grid_cell":
            conditions.add("s.city = ANY (%(cities)s)")
        if len(scope.cities) > 1:
            conditions.keep_one_city(scope.column, self._keys)

    @property
    def has_text(self) -> bool:
        """Tell whether the search has a text query."""
        return self._criteria.text is not None

    @property
    def filters_by_time(self) -> bool:
        """Tell whether the search filters by time, which makes each row expensive to check."""
        return self._criteria.availability is not None

    def scan(self, order: Order, segments: Sequence[Segment], limit: int) -> list[Candidate]:
        """Return the next `limit` rows of the segments, in the order of the list."""
        inner, parameters = order.scan_statement(
            self._scope.column, self._keys, self._filters.sql, segments
        )
        text_join = _MATCHES_TEXT.format(query=_TEXT_QUERY) if self.has_text else ""
        rows = self._work.execute(
            f"SELECT c.*, {'coalesce(w.has_text, false)' if text_join else 'true'} AS has_text"
            f" FROM ({inner}) c {text_join} ORDER BY {order.outer_order_by}",
            self._parameters | parameters | {"limit": limit},
            prepare=False,
        )
        return [Candidate.from_row(row) for row in rows]

    def sort_matches(
        self, order: Order, after: ListPosition | None, limit: int, *, similar_names: bool
    ) -> list[Candidate]:
        """Return the next `limit` rows that match the text, or that have a similar name."""
        condition, parameters = order.after_condition(after)
        rows = self._work.execute(
            f"""
            WITH match AS MATERIALIZED ({self._matches_sql(similar_names=similar_names)})
            SELECT s.profile_id, s.city, {order.part} AS part, {order.key}::text AS key,
                   {order.key} AS sorted, true AS has_text
            FROM match CROSS JOIN LATERAL (SELECT * FROM escorts.profile_search s
                WHERE s.profile_id = match.profile_id OFFSET 0) s
            WHERE s.{self._scope.column} = ANY ({self._keys}) AND {self._filters.sql}
                AND {condition}
            ORDER BY {order.order_by} LIMIT %(limit)s
            """,
            self._parameters | order.parameters | parameters | {"limit": limit},
            prepare=False,
        )
        return [Candidate.from_row(row) for row in rows]

    def sample_rows(self, limit: int, *, similar_names: bool) -> list[FacetRow]:
        """Return the facet columns of up to `limit` rows, in no particular order."""
        columns = "s.profile_id AS id, s.city, s.services, s.languages, s.venues"
        if self._criteria.text is None:
            source = f"""unnest({self._keys}) AS scope (key) CROSS JOIN LATERAL (
                SELECT * FROM escorts.profile_search s
                WHERE s.{self._scope.column} = scope.key AND {self._filters.sql}
                ORDER BY s.tier DESC, s.slot_position DESC, s.profile_id DESC LIMIT %(limit)s) s"""
        else:
            source = f"""({self._matches_sql(similar_names=similar_names)}) match
                CROSS JOIN LATERAL (SELECT * FROM escorts.profile_search s
                    WHERE s.profile_id = match.profile_id OFFSET 0) s
                WHERE s.{self._scope.column} = ANY ({self._keys}) AND {self._filters.sql}"""
        rows = self._work.execute(
            f"SELECT {columns} FROM {source} LIMIT %(limit)s",
            self._parameters | {"limit": limit},
            prepare=False,
        )
        return [FacetRow(**row) for row in rows]

    def public_ids(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return the ids among `ids` whose profiles are public now."""
        if not ids:
            return set()
        return {row["id"] for row in self._work.execute(_PUBLIC_IDS, (list(ids),))}

    def is_common_text(self) -> bool:
        """Tell whether the text is so common that a scan of the list soon finds matches.

        The planner knows the frequency of each common word, and EXPLAIN costs next to nothing.
        """
        row = self._work.execute(
            f"EXPLAIN (FORMAT JSON) {self._matches_sql(similar_names=False)}",
            self._parameters,
            prepare=False,
        ).fetchone()
        plan = next(iter(row.values()))[0]["Plan"] if row else {"Plan Rows": 0}
        return bool(plan["Plan Rows"] >= COMMON_TEXT_ROWS)

    def load_profiles(self, candidates: Sequence[Candidate]) -> list[FoundProfile]:
        """Return the public profiles of the candidates, in the same order."""
        starts = [start for window in self.windows for start in window.starts]
        ids = [item.position.id for item in candidates]
        parameters = {
            "ids": ids,
            "found_in": [item.city for item in candidates],
            "stay_at": min(starts, default=self._now),
        }
        rows = self._work.execute(
            _FOUND_PROFILES.format(distance=distance_expression(self._criteria)),
            self._parameters | parameters,
        )
        profiles = {row["id"]: FoundProfile.from_row(row) for row in rows}
        return [profiles[item] for item in ids if item in profiles]

    def _matches_sql(self, *, similar_names: bool) -> str:
        if similar_names:
            self._work.set_local("pg_trgm.word_similarity_threshold", str(MIN_NAME_SIMILARITY))
            return """SELECT n.profile_id FROM escorts.profile_search n
                      WHERE n.name_normalized %%> escorts.normalize_text(%(text)s)
                          AND NOT n.is_touring"""
        return f"""SELECT t.profile_id FROM escorts.profile_search_text t
                   WHERE t.document @@ (%(city_condition)s::tsquery && {_TEXT_QUERY})"""


@contextmanager
def public_search(work: UnitOfWork) -> Iterator[SearchRepository]:
    """Yield the search index in the role of the public, as `public_directory` does.

    Statements that depend on the city or the text are never prepared: a generic plan for all cities
    and words is a bad plan for each of them.
    """
    work.execute("SET LOCAL ROLE escorts_public")
    yield SearchRepository(work)
    work.execute("SET LOCAL ROLE NONE")
