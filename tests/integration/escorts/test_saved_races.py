"""The same thing at the same moment, twice: two functions, two connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest

from escorts.domain.saved_items import MAX_FAVOURITES
from escorts.publisher import Publisher
from escorts.schemas.saved_items import parse_stored_query
from escorts.service import saved_items
from escorts.service.saved_items import FavouriteService, SavedSearchInput, SavedSearchService
from escorts.service.saved_search_matches import SavedSearchJob
from kit import clock
from kit.db import Database, UnitOfWork
from kit.errors import DomainError
from tests.factories.escorts import Cast, Person, make_account
from tests.factories.saved import make_due, matched, save
from tests.factories.waiting import PATIENCE

ROUNDS = 4
type Act = Callable[[UnitOfWork], object]


@dataclass(frozen=True)
class Both:
    """Runs two things at once, each on a connection of its own."""

    open: Callable[[str], Database]
    role: str = "escorts_web"

    def run(self, *acts: Act) -> list[str]:
        """Return what became of each: nothing, or the code of a refusal."""
        databases = [self.open(self.role) for _ in acts]
        barrier = Barrier(len(acts), timeout=PATIENCE)

        def one(database: Database, act: Act) -> str:
            with database.transaction() as work:
                work.execute("SELECT 1")
            barrier.wait()
            try:
                database.run(act)
            except DomainError as error:
                return error.code
            return ""

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, databases, acts))


def keeping(user_id: UUID, profile_id: str) -> Act:
    return lambda work: FavouriteService(work, clock.now, user_id).add(UUID(profile_id))


def rows(database: Database, query: str) -> list[object]:
    with database.transaction() as work:
        return [next(iter(row.values())) for row in work.execute(query)]


def test_one_profile_kept_twice_at_once_is_kept_once(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    mira = cast.published(staff)
    for _ in range(ROUNDS):
        act = keeping(make_account(database, "client"), mira.profile_id)
        assert Both(database_as).run(act, act, act) == ["", "", ""]
    assert rows(database, "SELECT count(*) FROM escorts.favourites") == [ROUNDS]


@pytest.mark.slow
def test_the_last_place_is_taken_once(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    people = [cast.published(staff, name=name).profile_id for name in ("Mira", "Nora")]
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")
        _fill(database, user_id)
        acts = [keeping(user_id, profile_id) for profile_id in people]
        assert sorted(Both(database_as).run(*acts)) == ["", "too-many-favourites"]


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
def test_the_last_search_is_saved_once(
    cast: Cast, database: Database, database_as: Callable[[str], Database]
) -> None:
    wish = SavedSearchInput("Mine", {}, parse_stored_query({}), mail=True)
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")

        def act(work: UnitOfWork, user_id: UUID = user_id) -> object:
            return SavedSearchService(work, clock.now, user_id).add(wish)

        with database_as("escorts_web").transaction() as work:
            for _ in range(19):
                act(work)
        assert sorted(Both(database_as).run(act, act)) == ["", "too-many-searches"]


def test_who_leaves_keeps_nothing_however_it_falls(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    mira = cast.published(staff)
    for _ in range(ROUNDS):
        user_id = make_account(database, "client")
        act = keeping(user_id, mira.profile_id)
        with database.transaction() as work:
            work.execute(
                """
                UPDATE auth.users SET status = 'closed', email = NULL, closed_at = now()
                WHERE id = %s
                """,
                (user_id,),
            )
        Both(database_as, "postgres").run(
            act, partial(saved_items.delete_account_items, user_id=user_id)
        )
        assert rows(database, "SELECT count(*) FROM escorts.favourites") == [0]


def look(work: UnitOfWork) -> int:
    return SavedSearchJob(
        work, Publisher(work.outbox, lambda _: []), clock.now, parse_stored_query
    ).run()


@pytest.mark.slow
def test_the_job_twice_at_once_tells_once(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    clients = [cast.person("client") for _ in range(6)]
    for client in clients:
        save(client.web)
    for number in range(ROUNDS):
        cast.published(staff, name=f"Person {number}")
        make_due(database)
        assert Both(database_as, "escorts_scheduled").run(look, look, look) == ["", "", ""]
        told = [envelope["data"]["userId"] for envelope in matched(database)]
        assert len(told) == (number + 1) * len(clients)
        assert set(told) == {str(client.user_id) for client in clients}


def test_killed_before_the_end_it_was_never_begun(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    client = cast.person("client")
    save(client.web)
    cast.published(staff)
    make_due(database)
    scheduled = database_as("escorts_scheduled")

    def killed(work: UnitOfWork) -> None:
        assert look(work) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scheduled.run(killed)
    assert matched(database) == []
    assert rows(database, "SELECT count(*) FROM escorts.saved_search_matches") == [0]
    assert scheduled.run(look) == 1
    assert scheduled.run(look) == 0
    assert [envelope["data"]["count"] for envelope in matched(database)] == [1]


def test_changing_a_search_and_the_job_do_not_cross(
    cast: Cast, staff: Person, database: Database, database_as: Callable[[str], Database]
) -> None:
    client = cast.person("client")
    search_id = UUID(save(client.web))
    cast.published(staff)

    def stop(work: UnitOfWork) -> object:
        wish = SavedSearchInput("Mine", {}, None, mail=False)
        return SavedSearchService(work, clock.now, client.user_id).update(search_id, wish)

    make_due(database)
    assert Both(database_as, "postgres").run(stop, look) == ["", ""]
    still = rows(database, "SELECT count(*) FROM escorts.saved_search_notices_v1")
    assert still == [0], "a mail would go out that nobody wants any more"
