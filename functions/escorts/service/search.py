"""Directory search, shared by the API, the pages and the saved-search job."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from escorts.domain.cities import require_city
from escorts.domain.offer import MAX_DISTANCE_KM, distance_km
from escorts.domain.profiles import City
from escorts.domain.ranking import day_number
from escorts.domain.search import COUNT_CAP, FILTERS, Criteria, FreeAt, ListPosition, grid_cells
from escorts.repository.search import PreparedSearch, public_search
from escorts.repository.search_orders import Order, order_for
from escorts.repository.search_rows import Candidate, FacetRow, FoundProfile, SearchScope
from escorts.service.cursors import CursorState, read_cursor, write_cursor
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Invalid
from kit.i18n import gettext as _

PAST_TOLERANCE = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=366)
TEXT_SCAN_ROWS = 1000
"""Rows of the list scanned for a common text before the text index is used instead."""
MAX_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Total:
    """Number of results; `capped` means at least this many."""

    value: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Value of a facet, and how many of the counted profiles have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """Total and facet counts of a search.

    Facets are exact unless the total is capped; then they count the first 200 profiles.
    """

    total: Total
    facets: dict[str, list[Facet]]


@dataclass(frozen=True, slots=True)
class SearchResults:
    """One page of search results."""

    city: City | None
    items: list[FoundProfile]
    next_cursor: str | None
    summary: SearchSummary | None
    similar_names: bool = False
    """No profile matches the text; the results are profiles with similar names."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Requested part of the list: after a cursor, or by page number."""

    limit: int
    cursor: str | None = None
    number: int = 1

    @property
    def offset(self) -> int:
        """Return the number of rows before the page."""
        return (self.number - 1) * self.limit

    @property
    def fetch_limit(self) -> int:
        """Return the number of rows to fetch: one more shows whether there is another page."""
        return self.offset + self.limit + 1


@dataclass(frozen=True, slots=True)
class Search:
    """Directory search on one transaction."""

    work: UnitOfWork
    now: Clock

    def find(
        self, criteria: Criteria, page: PageRequest, *, with_summary: bool = True
    ) -> SearchResults:
        """Return one page of results, with a summary unless a cursor is given."""
        now = self.now()
        state = read_cursor(page.cursor, criteria) if page.cursor else CursorState(day_number(now))
        with public_search(self.work) as index:
            cities = index.cities()
            city = _find_city(cities, criteria.location)
            resolved = _with_currency(criteria, city)
            scope = _search_scope(resolved, city, [item for item in cities if item.listed])
            if not scope.keys:
                empty = _summarize([], {}) if with_summary and page.cursor is None else None
                return SearchResults(city, [], None, empty)
            requests = _mask_requests(resolved)
            masks = index.facet_masks(requests) if requests else {}
            prepared = index.prepare(resolved, scope, masks, now)
            _require_future(resolved, prepared, now)
            found, state = _find_candidates(
                prepared, order_for(resolved, state.day), state, page.fetch_limit
            )
            shown = found[page.offset : page.offset + page.limit]
            items = prepared.load_profiles(shown)
            summary = None
            if with_summary and page.cursor is None:
                summary = _summarize(
                    _sample_public(prepared, similar_names=state.similar_names),
                    index.facet_values(),
                )
        more = len(found) == page.fetch_limit
        cursor = write_cursor(replace(state, after=shown[-1].position), criteria) if more else None
        return SearchResults(city, items, cursor, summary, state.similar_names)


def _find_city(cities: list[City], location: str | None) -> City | None:
    return require_city(cities, location, "location") if location else None


def _find_candidates(
    prepared: PreparedSearch, order: Order, state: CursorState, limit: int
) -> tuple[list[Candidate], CursorState]:
    """Return the next `limit` public rows, and the cursor state that found them."""
    if not prepared.has_text:
        return _scan_public(prepared, order, state.after, limit)[0], state
    if not state.similar_names:
        found: list[Candidate] = []
        is_complete = False
        if prepared.is_common_text():
            found, is_complete = _scan_public(prepared, order, state.after, limit)
        if not is_complete:
            found = _sort_public(prepared, order, state, limit)
        if found or state.after is not None:
            return found, state
        state = replace(state, similar_names=True)
    return _sort_public(prepared, order, state, limit), state


def _scan_public(
    prepared: PreparedSearch, order: Order, after: ListPosition | None, limit: int
) -> tuple[list[Candidate], bool]:
    """Scan the list in order; return public rows, and whether the scan is complete.

    Usually the first part of the list has enough rows. After rows that are not public the scan goes
    on in larger batches; after rows that do not match the text it stops, since it may take long.
    """
    batch_size = TEXT_SCAN_ROWS if prepared.has_text else limit
    found: list[Candidate] = []
    segments = order.segments(after)
    scan_all = order.scans_all_segments and not prepared.filters_by_time
    batch = segments[:1]
    while True:
        rows = prepared.scan(order, batch, batch_size)
        found += _keep_public(prepared, rows)
        if len(found) >= limit:
            return found[:limit], True
        if len(rows) < batch_size:
            segments = [item for item in segments if item.part > batch[-1].part]
            if not segments:
                return found, True
        elif prepared.has_text:
            return found, False
        else:
            segments, batch_size = order.segments(rows[-1].position), min(batch_size * 4, MAX_BATCH)
        batch = segments if scan_all else segments[:1]


def _sort_public(
    prepared: PreparedSearch, order: Order, state: CursorState, limit: int
) -> list[Candidate]:
    found: list[Candidate] = []
    after, batch_size = state.after, limit
    while True:
        rows = prepared.sort_matches(order, after, batch_size, similar_names=state.similar_names)
        found += _keep_public(prepared, rows)
        if len(found) >= limit or len(rows) < batch_size:
            return found[:limit]
        after, batch_size = rows[-1].position, min(batch_size * 4, MAX_BATCH)


def _keep_public(prepared: PreparedSearch, rows: list[Candidate]) -> list[Candidate]:
    matches = [row for row in rows if row.has_text]
    public = prepared.public_ids([row.position.id for row in matches])
    return [row for row in matches if row.position.id in public]


def _sample_public(prepared: PreparedSearch, *, similar_names: bool) -> list[FacetRow]:
    """Return public rows for the facets, up to one more than `COUNT_CAP`."""
    batch_size = COUNT_CAP + 20
    while True:
        rows = prepared.sample_rows(batch_size, similar_names=similar_names)
        public = prepared.public_ids([row.id for row in rows])
        shown = [row for row in rows if row.id in public]
        if len(shown) > COUNT_CAP or len(rows) < batch_size:
            return shown[: COUNT_CAP + 1]
        batch_size *= 4


def _with_currency(criteria: Criteria, city: City | None) -> Criteria:
    if not criteria.compares_price or criteria.currency is not None:
        return criteria
    if city is None:
        raise Invalid(
            "currency-missing",
            _("Choose a currency or a city: prices in different currencies cannot be compared."),
            field="currency",
        )
    return replace(criteria, currency=city.currency)


def _search_scope(criteria: Criteria, city: City | None, listed: list[City]) -> SearchScope:
    """Return the scope of a search: a city, the grid cells of a circle, or all cities."""
    if city is not None:
        listed = [item for item in listed if item.slug == city.slug]
    around = criteria.within
    if around is None:
        names = [item.slug for item in listed]
        return SearchScope("city", names, names, is_restricted=city is not None)
    # No location of a profile is further from its city than NEAR_KM.
    near = [
        item.slug
        for item in listed
        if distance_km(item.latitude, item.longitude, around.latitude, around.longitude)
        <= around.radius_km + MAX_DISTANCE_KM + 2
    ]
    return SearchScope("grid_cell", grid_cells(around) if near else [], near, is_restricted=True)


def _mask_requests(criteria: Criteria) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the kind and the keys of each given filter that is stored as a bitmask."""
    requests = {}
    for name, item in FILTERS.items():
        value = getattr(criteria, name)
        if item.facet and value:
            requests[name] = (item.facet, value if isinstance(value, tuple) else (str(value),))
    return requests


def _require_future(criteria: Criteria, prepared: PreparedSearch, now: datetime) -> None:
    if not isinstance(criteria.availability, FreeAt):
        return
    for window in prepared.windows:
        if not now - PAST_TOLERANCE <= window.starts[0] <= now + MAX_AHEAD:
            raise Invalid(
                "moment-out-of-range",
                _("Choose a time between now and one year ahead."),
                field="availableAt",
            )


def _summarize(rows: list[FacetRow], words: dict[str, list[tuple[str, int]]]) -> SearchSummary:
    counted = rows[:COUNT_CAP]
    facets = {
        "services": _count_values((row.services for row in counted), words.get("service", [])),
        "languages": _count_values((row.languages for row in counted), words.get("language", [])),
        "venues": _count_values((row.venues for row in counted), words.get("venue", [])),
        "cities": [
            Facet(city, count)
            for city, count in sorted(Counter(row.city for row in counted).items())
        ],
    }
    return SearchSummary(Total(len(counted), len(rows) > COUNT_CAP), facets)


def _count_values(masks: Iterable[int], words: list[tuple[str, int]]) -> list[Facet]:
    all_masks = list(masks)
    counts = ((key, sum(1 for mask in all_masks if mask & bit)) for key, bit in words)
    return [Facet(key, count) for key, count in counts if count]
