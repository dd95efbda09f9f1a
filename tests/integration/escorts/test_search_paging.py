"""Paging through search results while the directory changes, and the plans of public reads."""

import re
from collections.abc import Callable
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from escorts.repository.directory import _PROFILE, public_directory
from kit import clock
from kit.db import Database
from kit.ids import new_id
from tests.factories.escorts import API
from tests.fixtures.functions import FunctionClient


def add_public(owner: Database, count: int, city: str = "berlin") -> list[UUID]:
    """Store public profiles in bulk, oldest first."""
    ids = sorted(new_id() for _ in range(count))
    now = clock.now()
    checked = now - timedelta(days=1)
    with owner.transaction() as work:
        work.execute(
            """
            INSERT INTO auth.users (id, email, role, status, email_verified_at)
            SELECT id, id || '@example.test', 'escort', 'active', now() FROM unnest(%s::uuid[]) id
            """,
            (ids,),
        )
        work.execute(
            """
            INSERT INTO escorts.slugs
            SELECT 'p-' || replace(id::text, '-', ''), id, now() FROM unnest(%s::uuid[]) id
            """,
            (ids,),
        )
        work.execute(
            """
            INSERT INTO escorts.profiles (id, user_id, slug, name, city, status, consent_version,
                consent_at, birth_date_sealed, age, age_checked_on, over18, over18_attested_at,
                created_at, updated_at)
            SELECT id, id, 'p-' || replace(id::text, '-', ''), 'Somebody', %(city)s, 'active', 1,
                now(), '', 30, current_date, true, now(), now(), now()
            FROM unnest(%(ids)s::uuid[]) id
            """,
            {"ids": ids, "city": city},
        )
        work.execute(
            """
            INSERT INTO escorts.verifications (id, profile_id, status, submitted_at,
                document_checked_at, liveness_checked_at, decided_at, decided_by, expires_at)
            SELECT id, id, 'verified', %(at)s, %(at)s, %(at)s, %(at)s, id, %(end)s
            FROM unnest(%(ids)s::uuid[]) id
            """,
            {"ids": ids, "at": checked, "end": now + timedelta(days=100)},
        )
        work.execute("SELECT escorts.refresh_search(id) FROM unnest(%s::uuid[]) AS id", (ids,))
    return ids


@pytest.mark.slow
def test_search_paging_returns_each_profile_once_during_changes(
    database: Database, visitor: FunctionClient
) -> None:
    ids = add_public(database, 60)
    random = Random(7)
    stayed = set(ids)
    seen: list[UUID] = []
    cursor = ""
    while True:
        page = visitor.get(f"{API}?location=berlin&limit=7{cursor}").json
        seen += [UUID(item["id"]) for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
        add_public(database, 3)
        left = random.sample(sorted(stayed), 3)
        stayed -= set(left)
        with database.transaction() as work:
            work.execute("UPDATE escorts.profiles SET hidden = true WHERE id = ANY(%s)", (left,))
            work.execute(
                "UPDATE escorts.profiles SET updated_at = now(), version = version + 1"
                " WHERE id = ANY(%s)",
                (random.sample(sorted(stayed), 5),),
            )
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)


def test_search_city_returns_own_profiles_only(database: Database, visitor: FunctionClient) -> None:
    berlin, vienna = add_public(database, 3), add_public(database, 2, "vienna")
    page = visitor.get(f"{API}?location=vienna").json
    assert {item["id"] for item in page["items"]} == {str(item) for item in vienna}
    everybody = visitor.get(API).json["items"]
    assert {item["id"] for item in everybody} == {str(item) for item in [*berlin, *vienna]}
    counts = {item["slug"]: item["profiles"] for item in visitor.get(f"{API}/cities").json["items"]}
    assert (counts["berlin"], counts["vienna"], counts["sydney"]) == (3, 2, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rest", "index"),
    [
        ("WHERE slug = 'mira-valen'", "profiles_slug_key"),
        ("WHERE id = '{middle}'", "profiles_"),
    ],
)
def test_public_profiles_view_is_read_by_index(
    database: Database, database_as: Callable[[str], Database], rest: str, index: str
) -> None:
    add_public(database, 1500)
    vienna = add_public(database, 500, "vienna")
    with database.transaction() as work:
        work.execute("ANALYZE escorts.profiles, escorts.verifications, auth.users")
    with (
        database_as("escorts_web").transaction() as work,
        public_directory(work),
    ):
        # As on Aurora and on solid-state disks, where a random page does not cost four times as much.
        work.set_local("random_page_cost", "1.1")
        rows = work.execute(f"EXPLAIN {_PROFILE} {rest.format(middle=vienna[250])}").fetchall()
    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert re.search(rf"Index Scan (Backward )?using {index}\w* on profiles p", plan), plan
    assert "Sort Key: p.id" not in plan, plan
    assert not re.search(r"Seq Scan on (profiles|verifications|users)", plan), plan
