"""Integration tests of the unit of work: kinds of failures, safe repetition, hooks and savepoints."""

# ruff: noqa: PT012 - the tested transaction that fails is a block.

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from kit.db import (
    CommitUnknown,
    ConnectionLost,
    Database,
    DatabaseSettings,
    UnitOfWork,
)
from kit.errors import Invalid, Unavailable
from local.services.postgres import Postgres
from tests.factories.database_waits import wait_event_of, wait_for_end_of
from tests.factories.waiting import PATIENCE, wait_until
from tests.fixtures.database import SUPERUSER, settings_for
from tests.fixtures.proxy import Proxy

type AsRole = Callable[[str], Database]

TABLE = "CREATE TABLE public.things (name text PRIMARY KEY, number integer NOT NULL DEFAULT 0)"
ADD = "INSERT INTO public.things (name) VALUES (%s)"


@pytest.fixture(autouse=True)
def connection_limits() -> None:
    """Keep the product's own limits, which are tested here."""


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    with database.transaction() as work:
        work.execute(TABLE)


@pytest.fixture
def other(database_as: AsRole) -> Database:
    """Connection of another client."""
    return database_as(SUPERUSER)


@pytest.fixture
def proxy(server: Postgres) -> Iterator[Proxy]:
    with Proxy((server.host, server.port)) as running:
        yield running


@pytest.fixture
def through_proxy(server: Postgres, database_name: str, proxy: Proxy) -> Iterator[Database]:
    made = Database(
        lambda: DatabaseSettings("127.0.0.1", proxy.port, database_name, SUPERUSER, "disable")
    )
    yield made
    made.discard_connection()


def names(database: Database) -> list[str]:
    with database.transaction() as work:
        rows = work.execute("SELECT name FROM public.things ORDER BY name").fetchall()
    return [row["name"] for row in rows]


def backend(work: UnitOfWork) -> int:
    row = work.execute("SELECT pg_backend_pid() AS pid").fetchone()
    assert row is not None
    return int(row["pid"])


def kill(other: Database, pid: int) -> None:
    """Terminate a backend and wait until it has ended."""
    with other.transaction() as work:
        work.execute("SELECT pg_terminate_backend(%s)", (pid,))
    wait_for_end_of(other, pid)


def setting(work: UnitOfWork, name: str) -> str | None:
    row = work.execute("SELECT current_setting(%s, true) AS value", (name,)).fetchone()
    assert row is not None
    return row["value"] or None


def test_transaction_is_atomic(database: Database) -> None:
    with database.transaction() as work:
        work.execute(ADD, ("kept",))
    with pytest.raises(RuntimeError, match="after the insert"), database.transaction() as work:
        work.execute(ADD, ("lost",))
        raise RuntimeError("after the insert")

    assert names(database) == ["kept"]


def test_connection_is_reused(database: Database) -> None:
    pids = set()
    for _ in range(5):
        with database.transaction() as work:
            pids.add(backend(work))

    assert len(pids) == 1


def test_connection_is_opened_by_first_statement(proxy: Proxy, through_proxy: Database) -> None:
    with through_proxy.transaction():
        pass
    assert proxy.connections == 0

    with through_proxy.transaction() as work:
        work.execute("SELECT 1")
    assert proxy.connections == 1


def test_connection_killed_between_transactions_is_replaced(
    database: Database, other: Database
) -> None:
    with database.transaction() as work:
        pid = backend(work)
    kill(other, pid)

    with database.transaction() as work:
        assert backend(work) != pid


def test_connection_killed_within_transaction_raises_connection_lost(
    database: Database, other: Database
) -> None:
    with pytest.raises(ConnectionLost) as lost, database.transaction() as work:
        work.execute(ADD, ("lost",))
        kill(other, backend(work))
        work.execute("SELECT 1")

    assert (lost.value.code, lost.value.retry_after) == ("database-unavailable", 2)
    assert names(database) == []


def test_run_connection_lost_before_commit_repeats(database: Database, other: Database) -> None:
    pids: list[int] = []

    def use_case(work: UnitOfWork) -> str:
        work.execute(ADD, ("once",))
        pids.append(backend(work))
        if len(pids) == 1:
            kill(other, pids[0])
        work.execute("SELECT 1")
        return "done"

    assert database.run(use_case) == "done"
    assert len(set(pids)) == 2
    assert names(database) == ["once"]


def test_run_killed_after_last_statement_repeats(database: Database, other: Database) -> None:
    """COMMIT was not sent yet, so that repeating is safe."""
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        work.execute(ADD, ("once",))
        runs.append(backend(work))
        if len(runs) == 1:
            kill(other, runs[0])

    database.run(use_case)

    assert len(runs) == 2
    assert names(database) == ["once"]


def test_run_repeats_once_only(database: Database, other: Database) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        kill(other, runs[-1])
        work.execute("SELECT 1")

    with pytest.raises(ConnectionLost):
        database.run(use_case)
    assert len(runs) == 2


SLOW_COMMIT = """
CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON public.things DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.dawdle();
"""


def test_commit_killed_raises_commit_unknown(database: Database, other: Database) -> None:
    with other.transaction() as work:
        work.execute(SLOW_COMMIT)
    runs: list[int] = []
    kills: list[Future[None]] = []

    def kill_during_commit(pid: int) -> None:
        wait_until(lambda: wait_event_of(other, pid) == "PgSleep", "a commit under way")
        kill(other, pid)

    with ThreadPoolExecutor(1) as pool:

        def use_case(work: UnitOfWork) -> None:
            work.execute(ADD, ("perhaps",))
            runs.append(backend(work))
            kills.append(pool.submit(kill_during_commit, runs[-1]))

        with pytest.raises(CommitUnknown) as unknown:
            database.run(use_case)

    assert [one.result() for one in kills] == [None]
    assert unknown.value.status == 503
    assert len(runs) == 1
    with database.transaction() as work:
        work.execute("SELECT 1")


def test_commit_response_lost_raises_commit_unknown(
    through_proxy: Database, proxy: Proxy, database: Database
) -> None:
    work = through_proxy.begin()
    work.execute(ADD, ("it was",))
    proxy.drop_response_to(b"COMMIT")

    with pytest.raises(CommitUnknown):
        work.commit()
    assert names(database) == ["it was"]


@pytest.mark.slow
def test_silent_drop_is_detected_within_seconds(through_proxy: Database, proxy: Proxy) -> None:
    """The server neither responds nor acknowledges: the kernel gives up after tcp_user_timeout."""
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        if len(runs) == 1:
            proxy.freeze()
        work.execute("SELECT length(%s)", ("x" * 8_000_000,))

    # Without the kernel's limit this takes a quarter of an hour.
    pool = ThreadPoolExecutor(1)
    pool.submit(through_proxy.run, use_case).result(PATIENCE)

    assert len(set(runs)) == 2


def test_connection_has_tcp_timeouts(database: Database) -> None:
    connection = database.usable_connection()
    watched = socket.socket(fileno=connection.fileno())
    found = {
        name: watched.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
        for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL")
    }
    watched.detach()

    # An unanswered statement is noticed after 3 s, an unanswered wait for its result after 7 s.
    assert found == {"TCP_USER_TIMEOUT": 3000, "TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2}


def test_unreachable_server_raises_unavailable(server: Postgres) -> None:
    away = Database(lambda: DatabaseSettings("127.0.0.1", 9, "x", SUPERUSER, "disable"))
    unknown = Database(lambda: settings_for(server, "no_such_database", SUPERUSER))

    for database in (away, unknown):
        with pytest.raises(Unavailable) as refused, database.transaction() as work:
            work.execute("SELECT 1")
        assert refused.value.retry_after == 5
        assert "password" not in refused.value.message


@pytest.mark.parametrize(
    ("limit", "statement", "code"),
    [
        ("statement_timeout", "SELECT pg_sleep(5)", "database-timeout"),
        ("lock_timeout", "LOCK TABLE public.things", "database-busy"),
    ],
)
def test_statement_timeout_raises_unavailable_and_keeps_connection(
    database: Database, other: Database, limit: str, statement: str, code: str
) -> None:
    with database.transaction() as work:
        pid = backend(work)
    with other.transaction() as holder:
        holder.execute("LOCK TABLE public.things")
        with pytest.raises(Unavailable) as late, database.transaction() as work:
            work.set_local(limit, "50ms")
            work.execute(statement)

    assert late.value.code == code
    assert late.value.retry_after
    with database.transaction() as work:
        assert backend(work) == pid
        assert setting(work, limit) == {"statement_timeout": "8s", "lock_timeout": "4s"}[limit]


def test_idle_in_transaction_timeout_repeats(database: Database, other: Database) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        if len(runs) == 1:
            work.set_local("idle_in_transaction_session_timeout", "50ms")
            wait_for_end_of(other, runs[0])
        work.execute(ADD, ("once",))

    database.run(use_case)

    assert len(runs) == 2
    assert names(database) == ["once"]


def test_set_local_ends_with_transaction(database: Database) -> None:
    with database.transaction() as work:
        work.set_local("app.model_id", "anna")
        assert setting(work, "app.model_id") == "anna"
    with database.transaction() as work:
        assert setting(work, "app.model_id") is None
    with pytest.raises(RuntimeError), database.transaction() as work:
        work.set_local("app.model_id", "berta")
        raise RuntimeError
    with database.transaction() as work:
        assert setting(work, "app.model_id") is None


def test_set_local_value_is_not_interpreted(database: Database) -> None:
    with database.transaction() as work:
        work.set_local("app.model_id", "x'; DROP TABLE public.things; --")
        assert setting(work, "app.model_id") == "x'; DROP TABLE public.things; --"
    assert names(database) == []


def test_open_transaction_does_not_leak(database: Database) -> None:
    left = database.begin()
    left.execute(ADD, ("left",))
    left.set_local("app.model_id", "anna")

    with database.transaction() as work:
        assert setting(work, "app.model_id") is None
        work.execute(ADD, ("kept",))

    assert names(database) == ["kept"]
    with pytest.raises(ConnectionLost):
        left.commit()


def test_commit_after_swallowed_failure_raises(database: Database) -> None:
    """PostgreSQL answers such a COMMIT with a silent ROLLBACK, which must not look like success."""
    with pytest.raises(RuntimeError, match="savepoint"), database.transaction() as work:
        work.execute(ADD, ("lost",))
        with pytest.raises(psycopg.errors.UniqueViolation):
            work.execute(ADD, ("lost",))

    assert names(database) == []
    with database.transaction() as work:
        work.execute("SELECT 1")


def test_savepoint_failure_keeps_transaction(database: Database) -> None:
    with database.transaction() as work:
        work.execute(ADD, ("one",))
        with pytest.raises(psycopg.errors.UniqueViolation), work.savepoint():
            work.execute(ADD, ("two",))
            work.execute(ADD, ("one",))
        with work.savepoint():
            work.execute(ADD, ("three",))
            with pytest.raises(psycopg.errors.UniqueViolation), work.savepoint():
                work.execute(ADD, ("three",))

    assert names(database) == ["one", "three"]


def test_savepoint_connection_lost_raises(database: Database, other: Database) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        with work.savepoint():
            if len(runs) == 1:
                kill(other, runs[0])
            work.execute(ADD, ("once",))

    database.run(use_case)

    assert names(database) == ["once"]


def test_after_commit_hooks_run_independently(database: Database, other: Database) -> None:
    seen: list[Any] = []

    def fail() -> None:
        raise Unavailable("elsewhere", "Try again.")

    with database.transaction() as work:
        work.execute(ADD, ("kept",))
        work.after_commit(lambda: seen.append(names(other)))
        work.after_commit(fail)
        work.after_commit(lambda: seen.append("last"))
        assert seen == []

    assert seen == [["kept"], "last"]


def test_after_commit_hooks_do_not_run_on_rollback(database: Database) -> None:
    seen: list[str] = []
    with pytest.raises(RuntimeError), database.transaction() as work:
        work.after_commit(lambda: seen.append("never"))
        work.execute(ADD, ("lost",))
        raise RuntimeError

    assert seen == []


def test_after_commit_hooks_of_lost_attempt_do_not_run(database: Database, other: Database) -> None:
    runs: list[int] = []
    sent: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        number = len(runs)
        work.after_commit(lambda: sent.append(number))
        if number == 1:
            kill(other, runs[0])
        work.execute(ADD, ("once",))

    database.run(use_case)

    assert sent == [2]


@pytest.mark.parametrize("text", ["nul \0 inside", "half a \ud800 pair"])
def test_unstorable_text_raises_invalid(database: Database, text: str) -> None:
    with pytest.raises(Invalid) as refused, database.transaction() as work:
        work.execute("SELECT 1")
        work.execute(ADD, (text,))

    assert refused.value.code == "text-unstorable"
    with pytest.raises(Invalid), database.transaction() as work:
        work.execute("SELECT %s::jsonb", ('"\\u0000"',))


def test_prepared_statement_survives_migration(database: Database, other: Database) -> None:
    def everything(work: UnitOfWork) -> int:
        return len(work.execute("SELECT * FROM public.things").description or ())

    assert [database.run(everything) for _ in range(8)] == [2] * 8
    with other.transaction() as work:
        work.execute("ALTER TABLE public.things ADD COLUMN added text")

    assert [database.run(everything) for _ in range(8)] == [3] * 8


def test_database_roles_have_exact_grants(database_as: AsRole) -> None:
    web = database_as("operations_web")

    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        web.transaction() as work,
    ):
        work.execute("SELECT * FROM public.things")
