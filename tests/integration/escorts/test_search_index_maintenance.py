"""Search index maintenance: triggers, verification, demotion and ranking slots."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escorts.domain import ranking
from kit.db import Database
from tests.factories.escorts import DirectoryWorld, Person
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
def test_triggers_remove_unlisted_profile_without_refresh(
    directory: DirectoryWorld, staff: Person, database: Database, statement: str
) -> None:
    provider = directory.published(staff)
    assert listed(database) == {UUID(provider.profile_id)}
    with database.transaction() as work:
        work.execute(statement)
    assert listed(database) == set()
    assert differences(database) == []


def test_new_consent_statement_ends_listings_on_effective_date(
    directory: DirectoryWorld, staff: Person, database: Database, visitor: FunctionClient
) -> None:
    directory.published(staff)
    assert visitor.get("/api/v1/escorts").json["total"]["value"] == 1
    with database.transaction() as work:
        work.execute("INSERT INTO escorts.consents VALUES (2, 'Another.', now() - interval '1 h')")
    assert visitor.get("/api/v1/escorts").json["total"]["value"] == 0
    assert differences(database) == []


def test_index_verification_reports_differences(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    provider = directory.published(staff)
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
    assert listed(database) == {UUID(provider.profile_id)}


def test_functions_work_beside_a_column_of_a_later_version(
    directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    """A rollback to an earlier commit applies its functions again, and leaves the table as it is."""
    with database.transaction() as work:
        work.execute("ALTER TABLE escorts.profile_search ADD COLUMN later integer")
    provider = directory.published(staff)

    assert listed(database) == {UUID(provider.profile_id)}
    assert differences(database) == []
    with database.transaction() as work:
        work.execute("SELECT escorts.rebuild_search()")
        work.execute("UPDATE escorts.profile_search SET later = 1")
    assert differences(database) == []
    with database.transaction() as work:
        work.execute("UPDATE escorts.profile_search SET present_during = '{}'")
    assert [row["difference"] for row in differences(database)] == ["stale"]


def test_demote_inactive_lowers_tier_over_time(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    functions: Callable[..., FunctionClient],
) -> None:
    provider = directory.published(staff)
    with database.transaction() as work:
        work.execute("UPDATE escorts.profiles SET updated_at = now() - interval '29 days'")
        work.execute("SELECT escorts.refresh_search(%s)", (provider.profile_id,))
        work.execute("UPDATE escorts.profiles SET updated_at = now() - interval '31 days'")
        work.execute("UPDATE escorts.profile_search SET active_until = now() - interval '1 day'")

    def tier() -> Any:
        with database.transaction() as work:
            return work.execute("SELECT tier, active_until FROM escorts.profile_search").fetchone()

    before: int = tier()["tier"]
    assert functions("EscortsScheduled").invoke({"job": "check-search"}) == {"count": 0}
    assert tier() == {"tier": before - 1, "active_until": None}


@pytest.mark.slow
def test_ranking_slot_survives_pause_and_resume(
    directory: DirectoryWorld, staff: Person, database: Database
) -> None:
    provider = directory.published(staff)
    for _ in range(3):
        directory.published(staff)

    def seed() -> Any:
        with database.transaction() as work:
            return work.execute(
                "SELECT slot_position FROM escorts.profile_search WHERE profile_id = %s",
                (provider.profile_id,),
            ).fetchone()

    before = seed()
    assert provider.do("hide").status == 200
    assert seed() is None
    assert provider.do("show").status == 200
    assert seed() == before


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["berlin", "vienna"]), st.sampled_from(ranking.TIERS), st.integers(1, 2_000_000)
)
def test_slot_position_in_database_equals_domain(
    database: Database, city: str, tier: int, slot: int
) -> None:
    with database.transaction() as work:
        row = work.execute(
            "SELECT escorts.slot_position(%s, %s::smallint, %s) AS slot_position",
            (city, tier, slot),
        ).fetchone()
    assert row == {"slot_position": ranking.slot_position(city, tier, slot)}
