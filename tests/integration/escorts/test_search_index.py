"""Searches of 4,000 profiles: read by index, and paged while profiles come and go."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from bench.directory_generator import load
from escorts.domain.search import Around, At, Criteria, Sort
from escorts.service.search import Page, Search
from kit import clock
from kit.db import Database, UnitOfWork
from tests.fixtures.database import CopyDatabase
from tests.integration.escorts.test_search_projection import differences

pytestmark = pytest.mark.slow


def fill(database: Database) -> None:
    """Store 4,000 profiles, then the projection and the statistics that the planner reads."""
    connection = database.usable_connection()
    load(connection, 4000, seed=9, now=clock.now())  # type: ignore[arg-type]
    connection.commit()
    with database.transaction() as work:
        work.execute("SELECT escorts.rebuild_search()")
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE)")
    connection.autocommit = False


@pytest.fixture
def database_name(copies: CopyDatabase) -> Iterator[str]:
    """The name of a copy of those profiles."""
    with copies(fill) as name:
        yield name


def test_a_rebuild_is_what_refreshing_everybody_makes(database: Database) -> None:
    assert differences(database) == []
    with database.transaction() as work:
        work.execute("SELECT escorts.refresh_search(id) FROM escorts.profiles LIMIT 300")
    assert differences(database) == []


IN_AN_HOUR = clock.now().replace(minute=0) + timedelta(days=3)
FAMILIES = {
    "city": (Criteria(location="berlin", services=("dinner",), age_min=20), "by_city"),
    "everywhere": (Criteria(age_max=30), "by_city"),
    "price": (Criteria(location="berlin", sort=Sort.PRICE), "by_price"),
    "rating": (Criteria(location="berlin", sort=Sort.RATING, descending=True), "by_rating"),
    "name": (Criteria(location="berlin", sort=Sort.NAME), "by_name"),
    "newest": (Criteria(location="berlin", sort=Sort.CREATED_AT), "by_age_of_profile"),
    "radius": (Criteria(around=Around(52.5, 13.4, 10)), "by_cell"),
    "time": (Criteria(location="berlin", when=At(IN_AN_HOUR, 60)), "by_city"),
    "word": (Criteria(location="berlin", text="vandajo"), "text_words"),
    "alike": (Criteria(text="Vandajxo"), "alike"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_searches_read_by_index(
    database: Database, database_as: Callable[[str], Database], family: str
) -> None:
    criteria, index = FAMILIES[family]
    web, statements = database_as("escorts_web"), list[tuple[Any, Any]]()

    with web.transaction() as work:
        Search(_recording(work, statements), clock.now).find(criteria, Page(20))
    plans = []
    with web.transaction() as work:
        work.set_local("role", "escorts_public")
        for statement, parameters in statements:
            rows = work.execute(f"EXPLAIN {statement}", parameters, prepare=False)
            plans.append("\n".join(row["QUERY PLAN"] for row in rows))
    everything = "\n\n".join(plans)
    assert not re.search(r"Seq Scan on profile_search", everything), everything
    assert re.search(rf"Scan (Backward )?(using|on) profile_search_{index}", everything), everything


def _recording(work: UnitOfWork, statements: list[tuple[Any, Any]]) -> UnitOfWork:
    execute = work.execute

    def recorded(query: Any, params: Any = None, **options: Any) -> Any:
        if "FROM escorts.profile_search" in query and not query.startswith("EXPLAIN"):
            statements.append((query, params))
        return execute(query, params, **options)

    work.execute = recorded  # type: ignore[method-assign]
    return work


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_meet_everybody_once_while_others_come_and_go(
    database: Database,
    database_as: Callable[[str], Database],
    sort: Sort,
    descending: bool,
) -> None:
    criteria = Criteria(location="wellington", sort=sort, descending=descending)
    web, random = database_as("escorts_web"), Random(3)

    def page(cursor: str | None) -> tuple[list[UUID], str | None]:
        with web.transaction() as work:
            found = Search(work, clock.now).find(criteria, Page(7, cursor), summarise=False)
        return [item.profile.id for item in found.items], found.next_cursor

    everybody, cursor = page(None)
    while cursor:
        more, cursor = page(cursor)
        everybody += more
    # Who comes back does so before or behind the reader.
    hidden = hidden_first = set(random.sample(everybody, 30))
    _hide(database, hidden, hidden=True)
    seen, cursor = page(None)
    gone: set[UUID] = set()
    while cursor:
        leaves = random.choice(sorted(set(everybody) - hidden - gone))
        comes = random.choice(sorted(hidden))
        gone, hidden = gone | {leaves}, hidden - {comes}
        _hide(database, {leaves}, hidden=True)
        _hide(database, {comes}, hidden=False)
        more, cursor = page(cursor)
        seen += more
    assert len(seen) == len(set(seen))
    assert set(everybody) - gone - hidden_first <= set(seen)
    places = {item: number for number, item in enumerate(everybody)}
    assert seen == sorted(seen, key=places.__getitem__)


def _hide(owner: Database, ids: set[UUID], *, hidden: bool) -> None:
    with owner.transaction() as work:
        work.execute(
            "UPDATE escorts.profiles SET hidden = %s WHERE id = ANY(%s)", (hidden, list(ids))
        )
        work.execute("SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) id", (list(ids),))
