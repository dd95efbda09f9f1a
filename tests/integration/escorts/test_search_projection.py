"""The projection: kept in the same transaction, found wrong by the check, read by index."""

import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.directory_generator import load
from escorts.domain import ranking
from escorts.domain.search import Around, At, Criteria, Sort
from escorts.service.search import Page, Search
from kit import clock
from kit.db import Database, UnitOfWork
from tests.factories.escorts import Cast, Person
from tests.fixtures.functions import FunctionClient


def listed(database: Database) -> set[UUID]:
    with database.transaction() as work:
        rows = work.execute("SELECT profile_id FROM escorts.profile_search")
        return {row["profile_id"] for row in rows}


def differences(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as work:
        return work.execute("SELECT * FROM escorts.check_search()").fetchall()


LEAVING = [
    "UPDATE escorts.profiles SET hidden = true",
    "UPDATE escorts.profiles SET status = 'inactive'",
    "UPDATE escorts.profiles SET status = 'inactive', consent_version = NULL, consent_at = NULL",
    "UPDATE escorts.profiles SET status = 'inactive', closed_at = now()",
    """UPDATE escorts.profiles SET status = 'suspended', suspended_from = 'active',
       suspension_reason = 'A reason.'""",
    "UPDATE escorts.verifications SET status = 'revoked', reason = 'A reason.'",
    "UPDATE escorts.verifications SET status = 'expired'",
    "UPDATE escorts.jurisdictions SET allowed = false",
    "DELETE FROM escorts.jurisdictions",
]


@pytest.mark.parametrize("statement", LEAVING)
def test_what_must_not_be_listed_leaves_though_nobody_refreshes(
    cast: Cast, staff: Person, database: Database, statement: str
) -> None:
    mira = cast.published(staff)
    assert listed(database) == {UUID(mira.profile_id)}
    with database.transaction() as work:
        work.execute(statement)
    assert listed(database) == set()
    assert differences(database) == []


def test_a_new_statement_ends_listings_from_its_day_on(
    cast: Cast, staff: Person, database: Database, visitor: FunctionClient
) -> None:
    cast.published(staff)
    assert visitor.get("/api/v1/escorts").json["total"]["value"] == 1
    with database.transaction() as work:
        work.execute("INSERT INTO escorts.consents VALUES (2, 'Another.', now() - interval '1 h')")
    assert visitor.get("/api/v1/escorts").json["total"]["value"] == 0
    assert differences(database) == []


def test_the_nightly_check_finds_nothing_and_says_what_is_wrong(
    cast: Cast, staff: Person, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    mira = cast.published(staff)
    scheduled = functions("EscortsScheduled")
    assert scheduled.invoke({"job": "check-search"}) == {"count": 0}
    for damage in (
        "UPDATE escorts.profile_search SET age = age + 1",
        "UPDATE escorts.profile_search_text SET document = ''",
        "DELETE FROM escorts.profile_search",
    ):
        with database.transaction() as work:
            work.execute(damage)
        assert scheduled.invoke({"job": "check-search"}) == {"count": 1}
        assert scheduled.invoke({"job": "rebuild-search"}) == {"count": 1}
        assert scheduled.invoke({"job": "check-search"}) == {"count": 0}
    assert listed(database) == {UUID(mira.profile_id)}


def test_only_time_makes_somebody_less_recent_and_the_job_notes_it(
    cast: Cast, staff: Person, database: Database, functions: Callable[..., FunctionClient]
) -> None:
    mira = cast.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET updated_at = now() - interval '29 days'")
        work.execute("SELECT escorts.refresh_search(%s)", (mira.profile_id,))
        work.execute("UPDATE escorts.profiles SET updated_at = now() - interval '31 days'")
        work.execute("UPDATE escorts.profile_search SET fades_at = now() - interval '1 day'")

    def tier() -> Any:
        with database.transaction() as work:
            return work.execute("SELECT tier, fades_at FROM escorts.profile_search").fetchone()

    before: int = tier()["tier"]
    assert functions("EscortsScheduled").invoke({"job": "check-search"}) == {"count": 0}
    assert tier() == {"tier": before - 1, "fades_at": None}


def test_leaving_and_coming_back_draws_no_better_seat(
    cast: Cast, staff: Person, database: Database
) -> None:
    mira = cast.published(staff)
    for _ in range(3):
        cast.published(staff)

    def seed() -> Any:
        with database.transaction() as work:
            return work.execute(
                "SELECT seed FROM escorts.profile_search WHERE profile_id = %s", (mira.profile_id,)
            ).fetchone()

    before = seed()
    assert mira.do("hide").status == 200
    assert seed() is None
    assert mira.do("show").status == 200
    assert seed() == before


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["berlin", "vienna"]), st.sampled_from(ranking.TIERS), st.integers(1, 2_000_000)
)
def test_database_and_domain_agree_on_seeds(
    database: Database, city: str, tier: int, seat: int
) -> None:
    with database.transaction() as work:
        row = work.execute(
            "SELECT escorts.search_seed(%s, %s::smallint, %s) AS seed", (city, tier, seat)
        ).fetchone()
    assert row == {"seed": ranking.seed(city, tier, seat)}


@pytest.fixture
def directory(database: Database) -> Database:
    connection = database.usable_connection()
    load(connection, 4000, seed=9, now=clock.now())  # type: ignore[arg-type]
    connection.commit()
    with database.transaction() as work:
        work.execute("SELECT escorts.rebuild_search()")
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE)")
    connection.autocommit = False
    return database


def test_a_rebuild_is_what_refreshing_everybody_makes(directory: Database) -> None:
    assert differences(directory) == []
    with directory.transaction() as work:
        work.execute("SELECT escorts.refresh_search(id) FROM escorts.profiles LIMIT 300")
    assert differences(directory) == []


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
    directory: Database, database_as: Callable[[str], Database], family: str
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
    directory: Database,
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
    _hide(directory, hidden, hidden=True)
    seen, cursor = page(None)
    gone: set[UUID] = set()
    while cursor:
        leaves = random.choice(sorted(set(everybody) - hidden - gone))
        comes = random.choice(sorted(hidden))
        gone, hidden = gone | {leaves}, hidden - {comes}
        _hide(directory, {leaves}, hidden=True)
        _hide(directory, {comes}, hidden=False)
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
