"""Search over 4,000 profiles: index use, and paging while profiles change."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from bench.directory_generator import load
from escorts.domain.search import Criteria, FreeAt, GeoRadius, Sort
from escorts.service.search import PageRequest, Search
from kit import clock
from kit.db import Database, UnitOfWork
from tests.fixtures.database import CopyDatabase
from tests.integration.escorts.test_search_index_maintenance import differences

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


def test_index_rebuild_equals_refresh_of_all_profiles(database: Database) -> None:
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
    "newest": (Criteria(location="berlin", sort=Sort.CREATED_AT), "by_created_at"),
    "radius": (Criteria(within=GeoRadius(52.5, 13.4, 10)), "by_grid_cell"),
    "time": (Criteria(location="berlin", availability=FreeAt(IN_AN_HOUR, 60)), "by_city"),
    "word": (Criteria(location="berlin", text="vandajo"), "text_words"),
    "similar_names": (Criteria(text="Vandajxo"), "name_similarity"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_search_plans_use_indexes(
    database: Database, database_as: Callable[[str], Database], family: str
) -> None:
    criteria, index = FAMILIES[family]
    web, statements = database_as("escorts_web"), list[tuple[Any, Any]]()

    with web.transaction() as work:
        Search(_recording(work, statements), clock.now).find(criteria, PageRequest(20))
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
def test_search_paging_over_index_is_stable_during_changes(
    database: Database,
    database_as: Callable[[str], Database],
    sort: Sort,
    descending: bool,
) -> None:
    criteria = Criteria(location="wellington", sort=sort, descending=descending)
    web, random = database_as("escorts_web"), Random(3)

    def page(cursor: str | None) -> tuple[list[UUID], str | None]:
        with web.transaction() as work:
            found = Search(work, clock.now).find(
                criteria, PageRequest(7, cursor), with_summary=False
            )
        return [item.profile.id for item in found.items], found.next_cursor

    all_ids, cursor = page(None)
    while cursor:
        more, cursor = page(cursor)
        all_ids += more
    # Resumed profiles reappear before or after the current position.
    hidden = hidden_first = set(random.sample(all_ids, 30))
    _hide(database, hidden, hidden=True)
    seen, cursor = page(None)
    gone: set[UUID] = set()
    while cursor:
        leaves = random.choice(sorted(set(all_ids) - hidden - gone))
        comes = random.choice(sorted(hidden))
        gone, hidden = gone | {leaves}, hidden - {comes}
        _hide(database, {leaves}, hidden=True)
        _hide(database, {comes}, hidden=False)
        more, cursor = page(cursor)
        seen += more
    assert len(seen) == len(set(seen))
    assert set(all_ids) - gone - hidden_first <= set(seen)
    places = {item: number for number, item in enumerate(all_ids)}
    assert seen == sorted(seen, key=places.__getitem__)


def _hide(owner: Database, ids: set[UUID], *, hidden: bool) -> None:
    with owner.transaction() as work:
        work.execute(
            "UPDATE escorts.profiles SET hidden = %s WHERE id = ANY(%s)", (hidden, list(ids))
        )
        work.execute("SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) id", (list(ids),))
