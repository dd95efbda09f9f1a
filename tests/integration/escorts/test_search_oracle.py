"""Search results compared with the search oracle: random filters over a random directory."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from bench.directory_generator import CITIES, load
from contracts.services import SERVICES
from escorts.domain.offer import Venue
from escorts.domain.ranking import day_number
from escorts.domain.search import (
    FILTERS,
    Criteria,
    FreeAt,
    FreeNow,
    FreeOnWeekday,
    FreeTonight,
    GeoRadius,
    Sort,
)
from escorts.domain.vocabulary import ETHNICITIES, LANGUAGES
from escorts.service.search import PageRequest, Search
from kit import clock
from kit.db import Database
from tests.integration.escorts.search_oracle import Oracle

pytestmark = pytest.mark.slow

PROFILES = 700


def key_subsets(words: Any, most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    chosen = st.lists(st.sampled_from(sorted(words)), min_size=1, max_size=most, unique=True)
    return chosen.map(tuple)


def availability_filters() -> st.SearchStrategy[Any]:
    soon = st.integers(1, 20 * 24 * 4).map(
        lambda quarters: (
            clock.now().replace(second=0, microsecond=0) + timedelta(minutes=15 * quarters)
        )
    )
    minutes = st.sampled_from([30, 60, 90, 240])
    return st.one_of(
        st.builds(FreeAt, soon, minutes),
        st.builds(FreeNow, minutes),
        st.builds(FreeTonight, minutes),
        st.builds(FreeOnWeekday, st.integers(1, 7)),
    )


def radius_filters() -> st.SearchStrategy[GeoRadius]:
    return st.sampled_from(sorted(CITIES)).flatmap(
        lambda city: st.builds(
            GeoRadius,
            st.floats(-0.3, 0.3).map(lambda d: CITIES[city][0] + d),
            st.floats(-0.3, 0.3).map(lambda d: CITIES[city][1] + d),
            st.sampled_from([3.0, 12.5, 25.0, 80.0, 200.0]),
        )
    )


def searches(names: list[str]) -> st.SearchStrategy[Criteria]:
    """Return criteria with up to four filters; more at once would match no profile."""
    filters: dict[str, st.SearchStrategy[Any]] = {
        "services": key_subsets(SERVICES),
        "price_min": st.integers(0, 300),
        "price_max": st.integers(200, 900),
        "age_min": st.integers(18, 35),
        "age_max": st.integers(25, 60),
        "ethnicity": key_subsets(ETHNICITIES),
        "languages": key_subsets(LANGUAGES, 4),
        "language": st.sampled_from(["de", "en", "fr"]),
        "rating_min": st.sampled_from([1.0, 3.3, 4.0, 4.75]),
        "featured_only": st.just(value=True),
        "venue": st.sampled_from(Venue),
        "within": radius_filters(),
        "availability": availability_filters(),
        "location": st.sampled_from(sorted(CITIES)),
    }
    always = {
        "currency": st.sampled_from(["EUR", "CHF", "USD"]),
        "sort": st.sampled_from(Sort),
        "descending": st.booleans(),
        "text": st.one_of(
            st.none(),
            st.none(),
            st.sampled_from(["dinner", "Museum WINE", "quiet, dinner", "zzzzz", *names]),
            st.sampled_from(names).map(lambda name: f"{name[:3]}{name[2:]}"),
        ),
    }
    assert FILTERS.keys() <= filters.keys() | always.keys()
    return (
        st.lists(st.sampled_from(sorted(filters)), max_size=4, unique=True)
        .flatmap(lambda chosen: st.fixed_dictionaries(always | {n: filters[n] for n in chosen}))
        .map(lambda given: Criteria(**given))
    )


@pytest.fixture
def directory(database: Database, database_name: str) -> Database:
    with database.transaction() as work:
        work.execute("SELECT")
    connection = database.usable_connection()
    load(connection, PROFILES, seed=5, now=clock.now(), bookings=2)  # type: ignore[arg-type]
    connection.commit()
    with database.transaction() as work:
        work.execute("SELECT escorts.rebuild_search()")
    return database


def all_pages(web: Database, criteria: Criteria, limit: int, now: datetime) -> list[list[UUID]]:
    pages, cursor = [], None
    while True:
        with web.transaction() as work:
            found = Search(work, lambda: now).find(criteria, PageRequest(limit, cursor))
        pages.append([item.profile.id for item in found.items])
        cursor = found.next_cursor
        if cursor is None:
            return pages


def clocks_are_steady(now: datetime) -> bool:
    """Tell whether no clocks change in the tested period; such nights have their own oracle."""
    zones = ("Europe/Berlin", "Pacific/Auckland", "Australia/Sydney")
    return all(
        (now - timedelta(days=2)).astimezone(ZoneInfo(zone)).utcoffset()
        == (now + timedelta(days=23)).astimezone(ZoneInfo(zone)).utcoffset()
        for zone in zones
    )


def test_search_random_criteria_match_oracle(
    directory: Database, database_as: Callable[[str], Database]
) -> None:
    now = clock.now()
    oracle, web = Oracle(directory, now), database_as("escorts_web")
    names = sorted({row.data["name"] for row in oracle.rows})
    reached = {"some": 0, "none": 0, "capped": 0, "similar_names": 0, "is_touring": 0}

    @settings(
        max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(searches(names), st.sampled_from([1, 7, 20, 50]))
    def run(criteria: Criteria, limit: int) -> None:
        if criteria.availability is not None and not clocks_are_steady(now):
            return
        expected, similar_names = oracle.answer(criteria, day_number(now))
        if len(expected) > 60 and limit < 7:
            limit = 50
        pages = all_pages(web, criteria, limit, now)
        assert [item for page in pages for item in page] == [row.id for row in expected]
        assert all(len(page) == limit for page in pages[:-1])
        with web.transaction() as work:
            summary = Search(work, lambda: now).find(criteria, PageRequest(limit)).summary
        assert summary is not None
        assert summary.total.value == min(len(expected), 200)
        assert summary.total.capped == (len(expected) > 200)
        facets = {
            name: {facet.value: facet.count for facet in values}
            for name, values in summary.facets.items()
        }
        exact = oracle.facets(expected)
        if summary.total.capped:
            assert all(n <= exact[name][key] for name in facets for key, n in facets[name].items())
        else:
            assert facets == exact
        kind = "capped" if summary.total.capped else "some" if expected else "none"
        reached[kind] += 1
        reached["is_touring"] += any(row.is_touring for row in expected)
        reached["similar_names"] += similar_names and bool(expected)
        event(kind)

    run()
    assert min(reached.values()) >= 3, f"the run was hollow: {reached}"
