"""Finding companions: one search behind the API, the pages, and whoever asks later."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from escorts.domain.cities import require_city
from escorts.domain.offer import MAX_DISTANCE_KM, distance_km
from escorts.domain.profiles import City
from escorts.domain.ranking import day_of
from escorts.domain.search import CAP, At, Criteria, Position, cells
from escorts.repository.search import PreparedSearch, public_search
from escorts.repository.search_orders import Order, order_of
from escorts.repository.search_rows import Candidate, Counted, FoundProfile, Place
from escorts.service.cursors import Mark, read, write
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Invalid

GRACE = timedelta(minutes=5)
FURTHEST = timedelta(days=366)
LOOKED_AT = 1000
"""Rows of the list looked at for a common word, before the word's own index is asked."""
MOST_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are; `capped` means at least so many."""

    value: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of those counted have a value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The total and, among those counted, how many offer what.

    Facets are exact unless the total is capped: then they are about the first 200 counted.
    """

    total: Total
    facets: dict[str, list[Facet]]


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a search."""

    city: City | None
    items: list[FoundProfile]
    next_cursor: str | None
    summary: Summary | None
    alike: bool = False
    """Nobody has the words: these are names that are written alike."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the list: behind a cursor, or so many pages on."""

    limit: int
    cursor: str | None = None
    number: int = 1

    @property
    def skipped(self) -> int:
        """How many come before."""
        return (self.number - 1) * self.limit

    @property
    def reach(self) -> int:
        """How many to look for: one more tells that there is more."""
        return self.skipped + self.limit + 1


@dataclass(frozen=True, slots=True)
class Search:
    """The search, on one transaction."""

    work: UnitOfWork
    now: Clock

    def find(self, criteria: Criteria, page: Page, *, summarise: bool = True) -> Results:
        """Return one page, and a summary unless it goes on behind a cursor."""
        now = self.now()
        mark = read(page.cursor, criteria) if page.cursor else Mark(day_of(now))
        with public_search(self.work) as tables:
            cities = tables.cities()
            city = _city(cities, criteria.location)
            asked = _in_currency(criteria, city)
            place = _place(asked, city, [item for item in cities if item.listed])
            if not place.keys:
                nothing = _summary([], {}) if summarise and page.cursor is None else None
                return Results(city, [], None, nothing)
            words = _words(asked)
            masks = tables.masks(words) if words else {}
            prepared = tables.prepared(asked, place, masks, now)
            _require_future(asked, prepared, now)
            found, mark = _positions(prepared, order_of(asked, mark.day), mark, page.reach)
            shown = found[page.skipped : page.skipped + page.limit]
            items = prepared.cards(shown)
            summary = None
            if summarise and page.cursor is None:
                summary = _summary(_counted(prepared, alike=mark.alike), tables.words())
        more = len(found) == page.reach
        cursor = write(replace(mark, after=shown[-1].position), criteria) if more else None
        return Results(city, items, cursor, summary, mark.alike)


def _city(cities: list[City], location: str | None) -> City | None:
    return require_city(cities, location, "location") if location else None


def _positions(
    prepared: PreparedSearch, order: Order, mark: Mark, wanted: int
) -> tuple[list[Candidate], Mark]:
    """Return the next `wanted` public rows, and how they were found."""
    if not prepared.has_words:
        return _walked(prepared, order, mark.after, wanted)[0], mark
    if not mark.alike:
        found: list[Candidate] = []
        done = False
        if prepared.is_common():
            found, done = _walked(prepared, order, mark.after, wanted)
        if not done:
            found = _sorted(prepared, order, mark, wanted)
        if found or mark.after is not None:
            return found, mark
        mark = replace(mark, alike=True)
    return _sorted(prepared, order, mark, wanted), mark


def _walked(
    prepared: PreparedSearch, order: Order, after: Position | None, wanted: int
) -> tuple[list[Candidate], bool]:
    """Go down the list; tell also whether that was all there is to go.

    Usually the first part of the list has all that is wanted. Behind rows that the gate holds back
    it goes on in larger steps; behind rows without the words it stops, for that may take long.
    """
    reach = LOOKED_AT if prepared.has_words else wanted
    found: list[Candidate] = []
    segments = order.segments(after)
    together = order.together and not prepared.asks_for_time
    batch = segments[:1]
    while True:
        rows = prepared.walk(order, batch, reach)
        found += _public(prepared, rows)
        if len(found) >= wanted:
            return found[:wanted], True
        if len(rows) < reach:
            segments = [item for item in segments if item.part > batch[-1].part]
            if not segments:
                return found, True
        elif prepared.has_words:
            return found, False
        else:
            segments, reach = order.segments(rows[-1].position), min(reach * 4, MOST_AT_ONCE)
        batch = segments if together else segments[:1]


def _sorted(prepared: PreparedSearch, order: Order, mark: Mark, wanted: int) -> list[Candidate]:
    found: list[Candidate] = []
    after, reach = mark.after, wanted
    while True:
        rows = prepared.sort(order, after, reach, alike=mark.alike)
        found += _public(prepared, rows)
        if len(found) >= wanted or len(rows) < reach:
            return found[:wanted]
        after, reach = rows[-1].position, min(reach * 4, MOST_AT_ONCE)


def _public(prepared: PreparedSearch, rows: list[Candidate]) -> list[Candidate]:
    said = [row for row in rows if row.said]
    public = prepared.public([row.position.id for row in said])
    return [row for row in said if row.position.id in public]


def _counted(prepared: PreparedSearch, *, alike: bool) -> list[Counted]:
    """Return the first public rows that come, up to one more than are counted."""
    reach = CAP + 20
    while True:
        rows = prepared.sample(reach, alike=alike)
        public = prepared.public([row.id for row in rows])
        shown = [row for row in rows if row.id in public]
        if len(shown) > CAP or len(rows) < reach:
            return shown[: CAP + 1]
        reach *= 4


def _in_currency(criteria: Criteria, city: City | None) -> Criteria:
    if not criteria.about_price or criteria.currency is not None:
        return criteria
    if city is None:
        raise Invalid(
            "currency-missing",
            "Say in which currency you count, or choose a city: prices of different currencies"
            " do not compare.",
            field="currency",
        )
    return replace(criteria, currency=city.currency)


def _place(criteria: Criteria, city: City | None, listed: list[City]) -> Place:
    """Return where to look: a city, the squares of a circle, or everywhere."""
    if city is not None:
        listed = [item for item in listed if item.slug == city.slug]
    around = criteria.around
    if around is None:
        names = [item.slug for item in listed]
        return Place("city", names, names, narrow=city is not None)
    # Nobody's point is further from her city than that.
    near = [
        item.slug
        for item in listed
        if distance_km(item.latitude, item.longitude, around.latitude, around.longitude)
        <= around.radius_km + MAX_DISTANCE_KM + 2
    ]
    return Place("cell", cells(around) if near else [], near, narrow=True)


def _words(criteria: Criteria) -> dict[str, tuple[str, tuple[str, ...]]]:
    asked = {
        "services": ("service", criteria.services),
        "languages": ("language", criteria.languages),
        "language": ("language", (criteria.language,) if criteria.language else ()),
        "ethnicity": ("ethnicity", criteria.ethnicity),
        "venue": ("venue", (criteria.venue.value,) if criteria.venue else ()),
    }
    return {name: (kind, words) for name, (kind, words) in asked.items() if words}


def _require_future(criteria: Criteria, prepared: PreparedSearch, now: datetime) -> None:
    if not isinstance(criteria.when, At):
        return
    for window in prepared.windows:
        if not now - GRACE <= window.starts[0] <= now + FURTHEST:
            raise Invalid(
                "moment-out-of-range",
                "Choose a time from now on, within a year.",
                field="availableAt",
            )


def _summary(rows: list[Counted], words: dict[str, list[tuple[str, int]]]) -> Summary:
    counted = rows[:CAP]
    facets = {
        "services": _by_word((row.services for row in counted), words.get("service", [])),
        "languages": _by_word((row.languages for row in counted), words.get("language", [])),
        "venues": _by_word((row.venues for row in counted), words.get("venue", [])),
        "cities": [
            Facet(city, count)
            for city, count in sorted(Counter(row.city for row in counted).items())
        ],
    }
    return Summary(Total(len(counted), len(rows) > CAP), facets)


def _by_word(masks: Iterable[int], words: list[tuple[str, int]]) -> list[Facet]:
    all_masks = list(masks)
    counts = ((key, sum(1 for mask in all_masks if mask & bit)) for key, bit in words)
    return [Facet(key, count) for key, count in counts if count]
