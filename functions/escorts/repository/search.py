"""Reading the search projection, as the role that sees the projection and the gate alone.

Three ways through it, the first two giving the same list:
- `walk` goes down the ranking by index, place by place, and stops early;
- `sort` begins with those who have a rare word, or a name alike, and sorts them;
- `sample` looks at up to so many in no particular order, to count.
What they find passes the gate in one statement more (`public`), which is planned once for good.
"""

# ruff: noqa: S608 - statements are put together from parts of ours; every value is a parameter

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from escorts.domain.profiles import City
from escorts.domain.search import Criteria, Position
from escorts.repository.directory import Directory
from escorts.repository.search_filters import Filters, Window, distance, filters
from escorts.repository.search_orders import Order, Segment
from escorts.repository.search_rows import (
    Candidate,
    Counted,
    FoundProfile,
    Place,
    candidate,
    found,
)
from escorts.repository.search_windows import windows
from kit.db import UnitOfWork

ALIKE = 0.5
"""From this `word_similarity` on, a name is alike."""
COMMON = 2000
"""Rows with a word from which on it pays to look for them down the list."""
_PUBLIC = "SELECT g.id FROM escorts.public_profiles_v1 g WHERE g.id = ANY (%s)"
_SAID = """
LEFT JOIN LATERAL (SELECT true AS said FROM escorts.profile_search_text t
                   WHERE t.profile_id = c.profile_id AND t.document @@ {words} LIMIT 1) w ON true
"""
_WORDS = "plainto_tsquery('simple', escorts.fold(%(text)s))"
_CARDS = """
SELECT g.id, g.slug, g.name, g.age, g.city, g.city_name, g.country, g.zone, g.bio, g.height_cm,
    g.weight_kg, g.measurements, g.hair_color, g.eye_color, g.ethnicity, g.languages, g.services,
    g.rates, g.locations, g.availability, g.verified_at, g.updated_at,
    g.public_until,
    s.featured, s.rating, s.review_count, s.currency AS price_currency, {distance} AS distance_km,
    visit.city_slug, visit.city_name AS visited, visit.first_day, visit.last_day
FROM unnest(%(ids)s::uuid[], %(found_in)s::text[]) AS found (id, city)
JOIN escorts.profile_search s ON s.profile_id = found.id AND s.city = found.city
JOIN escorts.public_profiles_v1 g ON g.id = s.profile_id
LEFT JOIN LATERAL (
    SELECT c.slug AS city_slug, c.name AS city_name,
        (lower(stay.during) AT TIME ZONE c.zone)::date AS first_day,
        (upper(stay.during) AT TIME ZONE c.zone)::date - 1 AS last_day
    FROM escorts.cities c, unnest(s.presence) AS stay (during)
    WHERE c.slug = s.city AND upper(stay.during) > %(visit_at)s
    ORDER BY stay.during LIMIT 1) visit ON s.visiting
"""
_MASKS = """
SELECT name, escorts.search_mask(kind, keys) AS mask
FROM jsonb_to_recordset(%s) AS asked (name text, kind text, keys text[])
"""


class SearchTables:
    """The projection, for one search; make one with `public_search`."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    def cities(self) -> list[City]:
        """Return every city of the directory."""
        return Directory(self._work).cities()

    def masks(self, asked: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, int]:
        """Return the bits of words; `asked` is a name -> kind and words."""
        import json

        items = [{"name": n, "kind": kind, "keys": list(keys)} for n, (kind, keys) in asked.items()]
        rows = self._work.execute(_MASKS, (json.dumps(items),))
        return {row["name"]: row["mask"] for row in rows}

    def words(self) -> dict[str, list[tuple[str, int]]]:
        """Return the vocabulary: kind -> words and their masks."""
        rows = self._work.execute(
            "SELECT kind, key, 1::bigint << bit AS mask FROM escorts.search_words ORDER BY kind, bit"
        )
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            found.setdefault(row["kind"], []).append((row["key"], row["mask"]))
        return found

    def prepared(
        self, criteria: Criteria, place: Place, masks: Mapping[str, int], now: datetime
    ) -> "PreparedSearch":
        """Return the search with everything looked up that its statements need."""
        found: list[Window] = []
        if criteria.when is not None:
            found = windows(self._work, criteria.when, place.cities, now)
        conditions = filters(criteria, masks, found, now)
        return PreparedSearch(self._work, criteria, place, conditions, now, found)


class PreparedSearch:
    """One search over one place."""

    def __init__(
        self,
        work: UnitOfWork,
        criteria: Criteria,
        place: Place,
        conditions: Filters,
        now: datetime,
        windows_: Sequence[Window] = (),
    ) -> None:
        self.windows = windows_
        self._now = now
        self._work = work
        self._criteria = criteria
        self._place = place
        self._filters = conditions
        self._keys = f"%(keys)s::{'integer' if place.column == 'cell' else 'text'}[]"
        self._all = conditions.parameters | {"keys": place.keys, "cities": place.cities}
        if criteria.text is not None:
            self._all |= {"text": criteria.text, "where": place.words, "alike": ALIKE}
        if place.column == "cell":
            conditions.add("s.city = ANY (%(cities)s)")
        if len(place.cities) > 1:
            conditions.show_once(place.column, self._keys)

    @property
    def has_words(self) -> bool:
        """Whether it asks for words."""
        return self._criteria.text is not None

    @property
    def asks_for_time(self) -> bool:
        """Whether rows are dear to look at, since each one's hours are worked out."""
        return self._criteria.when is not None

    def walk(self, order: Order, segments: Sequence[Segment], reach: int) -> list[Candidate]:
        """Return the next `reach` rows of the segments, in the list's order."""
        inner, parameters = order.walk(self._place.column, self._keys, self._filters.sql, segments)
        said = _SAID.format(words=_WORDS) if self.has_words else ""
        rows = self._work.execute(
            f"SELECT c.*, {'coalesce(w.said, false)' if said else 'true'} AS said"
            f" FROM ({inner}) c {said} ORDER BY {order.outer}",
            self._all | parameters | {"reach": reach},
            prepare=False,
        )
        return [candidate(row) for row in rows]

    def sort(
        self, order: Order, after: Position | None, reach: int, *, alike: bool
    ) -> list[Candidate]:
        """Return the next `reach` rows among those with the words, or with a name alike."""
        condition, parameters = order.after(after)
        rows = self._work.execute(
            f"""
            WITH hit AS MATERIALIZED ({self._hits(alike=alike)})
            SELECT s.profile_id, s.city, {order.part} AS part, {order.key}::text AS key,
                   {order.key} AS sorted, true AS said
            FROM hit CROSS JOIN LATERAL (SELECT * FROM escorts.profile_search s
                WHERE s.profile_id = hit.profile_id OFFSET 0) s
            WHERE s.{self._place.column} = ANY ({self._keys}) AND {self._filters.sql}
                AND {condition}
            ORDER BY {order.inner} LIMIT %(reach)s
            """,
            self._all | order.parameters | parameters | {"reach": reach},
            prepare=False,
        )
        return [candidate(row) for row in rows]

    def sample(self, most: int, *, alike: bool) -> list[Counted]:
        """Return what facets count of up to `most` rows, in no particular order."""
        columns = "s.profile_id AS id, s.city, s.services, s.languages, s.venues"
        if self._criteria.text is None:
            source = f"""unnest({self._keys}) AS place (key) CROSS JOIN LATERAL (
                SELECT * FROM escorts.profile_search s
                WHERE s.{self._place.column} = place.key AND {self._filters.sql}
                ORDER BY s.tier DESC, s.seed DESC, s.profile_id DESC LIMIT %(most)s) s"""
        else:
            source = f"""({self._hits(alike=alike)}) hit
                CROSS JOIN LATERAL (SELECT * FROM escorts.profile_search s
                    WHERE s.profile_id = hit.profile_id OFFSET 0) s
                WHERE s.{self._place.column} = ANY ({self._keys}) AND {self._filters.sql}"""
        rows = self._work.execute(
            f"SELECT {columns} FROM {source} LIMIT %(most)s",
            self._all | {"most": most},
            prepare=False,
        )
        return [Counted(**row) for row in rows]

    def public(self, ids: Sequence[UUID]) -> set[UUID]:
        """Return which of these the gate lets through at this moment."""
        return {row["id"] for row in self._work.execute(_PUBLIC, (list(ids),))} if ids else set()

    def is_common(self) -> bool:
        """Tell whether so many have the words that going down the list meets them soon.

        The planner keeps the share of each common word; asking it costs next to nothing.
        """
        row = self._work.execute(
            f"EXPLAIN (FORMAT JSON) {self._hits(alike=False)}", self._all, prepare=False
        ).fetchone()
        plan = next(iter(row.values()))[0]["Plan"] if row else {"Plan Rows": 0}
        return bool(plan["Plan Rows"] >= COMMON)

    def cards(self, chosen: Sequence[Candidate]) -> list[FoundProfile]:
        """Return the public ones of those chosen, in this order."""
        starts = [start for window in self.windows for start in window.starts]
        ids = [item.position.id for item in chosen]
        asked = {
            "ids": ids,
            "found_in": [item.city for item in chosen],
            "visit_at": min(starts, default=self._now),
        }
        rows = self._work.execute(
            _CARDS.format(distance=distance(self._criteria)), self._all | asked
        )
        cards = {row["id"]: found(row) for row in rows}
        return [cards[item] for item in ids if item in cards]

    def _hits(self, *, alike: bool) -> str:
        if alike:
            self._work.set_local("pg_trgm.word_similarity_threshold", str(ALIKE))
            return """SELECT n.profile_id FROM escorts.profile_search n
                      WHERE n.name_folded %%> escorts.fold(%(text)s) AND NOT n.visiting"""
        return f"""SELECT t.profile_id FROM escorts.profile_search_text t
                   WHERE t.document @@ (%(where)s::tsquery && {_WORDS})"""


@contextmanager
def public_search(work: UnitOfWork) -> Iterator[SearchTables]:
    """Yield the projection as the public sees it; like `public_directory`.

    A plan that fits every city and every word fits none: what depends on them is never prepared.
    """
    work.execute("SET LOCAL ROLE escorts_public")
    yield SearchTables(work)
    work.execute("SET LOCAL ROLE NONE")
