"""Concurrent changes of saved items on separate connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest

from escorts.domain.saved_items import MAX_FAVOURITES
from escorts.publisher import ProfileEvents
from escorts.schemas.saved_items import parse_stored_query
from escorts.service import saved_items
from escorts.service.saved_items import FavouriteService, SavedSearchInput, SavedSearchService
from escorts.service.saved_search_matches import SavedSearchJob
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import DomainError
from tests.factories.escorts import DirectoryWorld, Person, make_account
from tests.factories.saved_searches import create_saved_search, make_due, matched_events
from tests.factories.waiting import PATIENCE

ROUNDS = 4
type Act = Callable[[UnitOfWork], object]


@dataclass(frozen=True)
class ConcurrentRunner:
    """Runner of concurrent actions, each on its own connection."""

    open: Callable[[str], Database]
    role: str = "escorts_web"

    def run(self, *actions: Act) -> list[str]:
        """Return the error code of each action; empty if it succeeded."""
        databases = [self.open(self.role) for _ in actions]
        barrier = Barrier(len(actions), timeout=PATIENCE)

        def run_one(database: Database, action: Act) -> str:
            with database.transaction() as work:
                work.execute("SELECT 1")
            barrier.wait()
            try:
                database.run(action)
            except DomainError as error:
                return error.code
            return ""

        with ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(run_one, databases, actions))


def add_favourite(user_id: UUID, profile_id: str) -> Act:
    return lambda work: FavouriteService(work, clock.now, user_id).add(UUID(profile_id))


def rows(database: Database, query: str) -> list[object]:
    with database.transaction() as work:
        return [next(iter(row.values())) for row in work.execute(query)]


def test_concurrent_add_favourite_stores_one_row(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    provider = directory.published(staff)
    for _ in range(ROUNDS):
        action = add_favourite(make_account(database, "client"), provider.profile_id)
        assert ConcurrentRunner(database_as).run(action, action, action) == ["", "", ""]
    assert rows(database, "SELECT count(*) FROM escorts.favourites") == [ROUNDS]


@pytest.mark.slow
def test_concurrent_add_favourite_respects_limit(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    people = [directory.published(staff, name=name).profile_id for name in ("Mira", "Nora")]
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")
        _fill(database, user_id)
        actions = [add_favourite(user_id, profile_id) for profile_id in people]
        assert sorted(ConcurrentRunner(database_as).run(*actions)) == ["", "too-many-favourites"]


def _fill(database: Database, user_id: UUID) -> None:
    with database.transaction() as work:
        work.execute("SET LOCAL session_replication_role = replica")
        work.execute(
            """
            INSERT INTO escorts.favourites (user_id, profile_id, added_at)
            SELECT %s, gen_random_uuid(), now() FROM generate_series(2, %s)
            """,
            (user_id, MAX_FAVOURITES),
        )


@pytest.mark.slow
def test_concurrent_add_saved_search_respects_limit(
    directory: DirectoryWorld, database: Database, database_as: Callable[[str], Database]
) -> None:
    entry = SavedSearchInput("Mine", {}, parse_stored_query({}), mail=True)
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")

        def action(work: UnitOfWork, user_id: UUID = user_id) -> object:
            return SavedSearchService(work, clock.now, user_id).add(entry)

        with database_as("escorts_web").transaction() as work:
            for _ in range(19):
                action(work)
        assert sorted(ConcurrentRunner(database_as).run(action, action)) == [
            "",
            "too-many-searches",
        ]


def test_account_closure_concurrent_with_save_leaves_nothing(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    provider = directory.published(staff)
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")
        action = add_favourite(user_id, provider.profile_id)
        with database.transaction() as work:
            work.execute(
                """
                UPDATE auth.users SET status = 'closed', email = NULL, closed_at = now()
                WHERE id = %s
                """,
                (user_id,),
            )
        ConcurrentRunner(database_as, "postgres").run(
            action, partial(saved_items.delete_account_items, user_id=user_id)
        )
        assert rows(database, "SELECT count(*) FROM escorts.favourites") == [0]


def run_job(work: UnitOfWork) -> int:
    return SavedSearchJob(
        work, ProfileEvents(work.outbox, lambda _: []), clock.now, parse_stored_query
    ).run()


@pytest.mark.slow
def test_concurrent_saved_search_jobs_notify_once(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    clients = [directory.person("client") for _ in range(6)]
    for client in clients:
        create_saved_search(client.web)
    for number in range(ROUNDS):
        directory.published(staff, name=f"Person {number}")
        make_due(database)
        assert ConcurrentRunner(database_as, "escorts_scheduled").run(
            run_job, run_job, run_job
        ) == ["", "", ""]
        notified = [envelope["data"]["userId"] for envelope in matched_events(database)]
        assert len(notified) == (number + 1) * len(clients)
        assert set(notified) == {str(client.user_id) for client in clients}


def test_killed_saved_search_job_leaves_no_trace(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    client = directory.person("client")
    create_saved_search(client.web)
    directory.published(staff)
    make_due(database)
    scheduled = database_as("escorts_scheduled")

    def killed(work: UnitOfWork) -> None:
        assert run_job(work) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scheduled.run(killed)
    assert matched_events(database) == []
    assert rows(database, "SELECT count(*) FROM escorts.saved_search_matches") == [0]
    assert scheduled.run(run_job) == 1
    assert scheduled.run(run_job) == 0
    assert [envelope["data"]["count"] for envelope in matched_events(database)] == [1]


def test_update_concurrent_with_job_is_serialized(
    directory: DirectoryWorld,
    staff: Person,
    database: Database,
    database_as: Callable[[str], Database],
) -> None:
    client = directory.person("client")
    search_id = UUID(create_saved_search(client.web))
    directory.published(staff)

    def stop(work: UnitOfWork) -> object:
        entry = SavedSearchInput("Mine", {}, None, mail=False)
        return SavedSearchService(work, clock.now, client.user_id).update(search_id, entry)

    make_due(database)
    assert ConcurrentRunner(database_as, "postgres").run(stop, run_job) == ["", ""]
    still = rows(database, "SELECT count(*) FROM escorts.saved_search_notices_v1")
    assert still == [0], "a mail would be sent without consent"
