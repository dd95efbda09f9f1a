"""Integration tests of the transaction of a request: the response tells the actual result."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Annotated, Any

import psycopg
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from kit.auth import public
from kit.db import Database, UnitOfWork
from kit.errors import Conflict, Unavailable
from kit.http import create_app, unit_of_work
from tests.factories.database_waits import wait_event_of, wait_for_end_of
from tests.factories.waiting import PATIENCE, wait_until
from tests.fixtures.asgi import Reply, call
from tests.fixtures.database import SUPERUSER

type AsRole = Callable[[str], Database]
type Work = Annotated[UnitOfWork, Depends(unit_of_work)]
type UseCase = Callable[[UnitOfWork], Any]

ADD = "INSERT INTO public.things (name) VALUES (%s)"


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    with database.transaction() as work:
        work.execute(
            "CREATE TABLE public.things (name text PRIMARY KEY, number integer NOT NULL DEFAULT 0)"
        )


@pytest.fixture
def other(database_as: AsRole) -> Database:
    """Connection of another client."""
    return database_as(SUPERUSER)


def serving(database: Database | None, use_case: UseCase) -> FastAPI:
    """Return an application with one route, which runs `use_case`."""
    router = APIRouter()

    @router.post("/api/v1/x", dependencies=[public()])
    async def x(work: Work) -> Any:
        return use_case(work)

    return create_app(title="Tests", routers=[router], database=database)


def send(database: Database, use_case: UseCase) -> Reply:
    return call(serving(database, use_case), "POST", "/api/v1/x")


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


def raises(error: Exception) -> UseCase:
    def use_case(work: UnitOfWork) -> None:
        work.execute(ADD, ("x",))
        raise error

    return use_case


def answers(status: int) -> UseCase:
    def use_case(work: UnitOfWork) -> JSONResponse:
        work.execute(ADD, ("x",))
        return JSONResponse({}, status)

    return use_case


@pytest.mark.parametrize("status", [200, 201, 303, 399])
def test_response_below_400_commits(database: Database, status: int) -> None:
    assert send(database, answers(status)).status == status
    assert names(database) == ["x"]


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
def test_response_from_400_rolls_back(database: Database, status: int) -> None:
    assert send(database, answers(status)).status == status
    assert names(database) == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Conflict("taken", "Choose another."), 409),
        (Unavailable("away", "Try again."), 503),
        (HTTPException(404), 404),
        (RuntimeError("secret"), 500),
        (psycopg.ProgrammingError("secret"), 500),
    ],
)
def test_exception_rolls_back(database: Database, error: Exception, status: int) -> None:
    reply = send(database, raises(error))

    assert reply.status == status
    assert b"secret" not in reply.body
    assert names(database) == []


def test_redirect_commits(database: Database) -> None:
    def use_case(work: UnitOfWork) -> RedirectResponse:
        work.execute(ADD, ("x",))
        return RedirectResponse("/done", status_code=303)

    assert send(database, use_case).header("location") == "/done"
    assert names(database) == ["x"]


def test_commit_precedes_response(database: Database, other: Database) -> None:
    """The caller may send the next request, to another function, as soon as the response arrives."""
    seen: list[list[str]] = []
    app = serving(database, answers(200))

    async def observed(scope: Any, receive: Any, send_: Any) -> None:
        async def noting(message: Any) -> None:
            seen.append(names(other))
            await send_(message)

        await app(scope, receive, noting)

    call(observed, "POST", "/api/v1/x")

    assert seen
    assert all(found == ["x"] for found in seen)


def test_connection_killed_between_requests_is_replaced(
    database: Database, other: Database
) -> None:
    pids: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        pids.append(backend(work))

    assert send(database, use_case).status == 200
    kill(other, pids[0])

    assert send(database, use_case).status == 200
    assert len(set(pids)) == len(pids) == 2


@pytest.mark.parametrize("when", ["before the last statement", "after the last statement"])
def test_connection_killed_in_request_repeats_request(
    database: Database, other: Database, when: str
) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> int:
        work.execute(ADD, ("once",))
        runs.append(backend(work))
        if len(runs) == 1:
            kill(other, runs[0])
        if when == "before the last statement":
            work.execute("SELECT 1")
        return len(runs)

    reply = send(database, use_case)

    assert (reply.status, reply.json) == (200, 2)
    assert names(database) == ["once"]


def test_connection_killed_in_every_attempt_is_503_after_two(
    database: Database, other: Database
) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(backend(work))
        kill(other, runs[-1])
        work.execute("SELECT 1")

    reply = send(database, use_case)

    assert (reply.status, reply.problem["code"]) == (503, "database-unavailable")
    assert reply.header("retry-after") == "2"
    assert len(runs) == 2


def test_repeated_request_has_its_body(database: Database, other: Database) -> None:
    router = APIRouter()
    seen: list[dict[str, Any]] = []

    @router.post("/api/v1/x", dependencies=[public()])
    async def x(body: dict[str, Any], work: Work) -> None:
        seen.append(body)
        if len(seen) == 1:
            kill(other, backend(work))
        work.execute(ADD, (body["name"],))

    app = create_app(title="Tests", routers=[router], database=database)

    assert call(app, "POST", "/api/v1/x", json={"name": "once"}, chunk=3).status == 200
    assert seen == [{"name": "once"}] * 2
    assert names(database) == ["once"]


def test_connection_loss_handled_by_route_repeats_request(
    database: Database, other: Database
) -> None:
    """The route catches the loss and answers 503 itself, like the health check."""
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> JSONResponse:
        runs.append(backend(work))
        if len(runs) == 1:
            kill(other, runs[0])
        try:
            work.execute("SELECT 1")
        except Unavailable:
            return JSONResponse({}, 503)
        return JSONResponse({}, 200)

    assert send(database, use_case).status == 200


@pytest.mark.parametrize("answer", [200, 409])
def test_connection_loss_swallowed_by_route_is_not_success(
    database: Database, other: Database, answer: int
) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> JSONResponse:
        work.execute(ADD, ("once",))
        runs.append(backend(work))
        if len(runs) == 1:
            kill(other, runs[0])
            with pytest.raises(Unavailable):
                work.execute("SELECT 1")
        return JSONResponse({}, answer)

    assert send(database, use_case).status == answer
    assert len(runs) == 2
    assert names(database) == (["once"] if answer == 200 else [])


def test_connection_loss_with_other_error_repeats_request(
    database: Database, other: Database
) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> str:
        runs.append(backend(work))
        if len(runs) == 1:
            kill(other, runs[0])
        try:
            work.execute("SELECT 1")
        except Unavailable as error:
            raise RuntimeError("wrapped") from error
        return "done"

    assert send(database, use_case).status == 200


def test_swallowed_violation_is_500(database: Database) -> None:
    def use_case(work: UnitOfWork) -> str:
        work.execute(ADD, ("lost",))
        with pytest.raises(psycopg.errors.UniqueViolation):
            work.execute(ADD, ("lost",))
        return "saved"

    assert send(database, use_case).status == 500
    assert names(database) == []
    assert send(database, answers(200)).status == 200


SLOW_COMMIT = """
CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON public.things DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.dawdle();
"""


def test_connection_killed_during_commit_is_503_without_repetition(
    database: Database, other: Database
) -> None:
    with other.transaction() as work:
        work.execute(SLOW_COMMIT)
    runs: list[int] = []
    kills: list[Future[None]] = []

    def kill_during_commit(pid: int) -> None:
        wait_until(lambda: wait_event_of(other, pid) == "PgSleep", "a commit under way")
        kill(other, pid)

    with ThreadPoolExecutor(1) as pool:

        def use_case(work: UnitOfWork) -> str:
            work.execute(ADD, ("perhaps",))
            runs.append(backend(work))
            kills.append(pool.submit(kill_during_commit, runs[-1]))
            return "saved"

        reply = send(database, use_case)

    assert [one.result() for one in kills] == [None]
    assert (reply.status, reply.problem["code"]) == (503, "commit-unknown")
    assert "saved" not in reply.body.decode().replace("was saved", "")
    assert reply.header("retry-after") == "2"
    assert reply.header("content-security-policy")
    assert len(runs) == 1


def test_deferred_constraint_failure_is_not_success(database: Database) -> None:
    with database.transaction() as work:
        work.execute(
            "ALTER TABLE public.things ADD COLUMN parent text"
            " REFERENCES public.things DEFERRABLE INITIALLY DEFERRED"
        )

    def use_case(work: UnitOfWork) -> str:
        work.execute("INSERT INTO public.things (name, parent) VALUES ('x', 'nobody')")
        return "saved"

    assert send(database, use_case).status == 500
    assert names(database) == []


def test_statement_timeout_is_503_without_repetition(database: Database) -> None:
    runs: list[int] = []

    def use_case(work: UnitOfWork) -> None:
        runs.append(1)
        work.set_local("statement_timeout", "50ms")
        work.execute("SELECT pg_sleep(5)")

    reply = send(database, use_case)

    assert (reply.status, reply.problem["code"]) == (503, "database-timeout")
    assert reply.header("retry-after")
    assert len(runs) == 1


@pytest.mark.slow
def test_deadlocked_requests_both_succeed(
    database: Database, database_as: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as work:
        work.execute("INSERT INTO public.things (name) VALUES ('a'), ('b')")
    both_hold_one, first_has_both = threading.Barrier(2, timeout=PATIENCE), threading.Event()
    runs: list[str] = []
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        """Take as long as the other request needs: on a busy machine it may wake up later."""
        pauses.append(seconds)
        assert first_has_both.wait(PATIENCE)

    monkeypatch.setattr("kit.db.time", SimpleNamespace(sleep=pause))

    def crossing(first: str, second: str) -> UseCase:
        mine: list[int] = []

        def use_case(work: UnitOfWork) -> None:
            mine.append(1)
            runs.append(first)
            add = "UPDATE public.things SET number = number + 1 WHERE name = %s"
            work.execute(add, (first,))
            if len(mine) == 1:
                both_hold_one.wait()
            work.execute(add, (second,))
            first_has_both.set()

        return use_case

    with ThreadPoolExecutor(2) as pool:
        replies = [
            pool.submit(send, database_as(SUPERUSER), crossing(*pair))
            for pair in (("a", "b"), ("b", "a"))
        ]
        assert [reply.result().body for reply in replies] == [b"null", b"null"]

    assert len(runs) == 3
    assert [0.05 <= seconds <= 0.1 for seconds in pauses] == [True]
    with database.transaction() as work:
        rows = work.execute("SELECT number FROM public.things").fetchall()
    assert rows == [{"number": 2}, {"number": 2}]


def test_request_state_does_not_leak(database: Database) -> None:
    def leave(work: UnitOfWork) -> None:
        work.set_local("app.model_id", "anna")
        work.execute("CREATE TEMP TABLE left_over (x int) ON COMMIT DROP")

    def look(work: UnitOfWork) -> Any:
        return work.execute(
            "SELECT current_setting('app.model_id', true) AS who, to_regclass('left_over') AS rest"
        ).fetchone()

    assert send(database, leave).status == 200

    assert send(database, look).json in ({"who": "", "rest": None}, {"who": None, "rest": None})


def test_request_without_sql_needs_no_database() -> None:
    reply = call(serving(Database(_no_settings), lambda _: "fine"), "POST", "/api/v1/x")

    assert (reply.status, reply.json) == (200, "fine")


def _no_settings() -> Any:
    raise AssertionError("nobody asked for a connection")


def test_unreachable_database_is_503(database_as: AsRole) -> None:
    reply = send(database_as("no_such_role"), lambda work: backend(work))

    assert (reply.status, reply.problem["code"]) == (503, "database-unavailable")
    assert reply.header("retry-after") == "5"


@pytest.mark.parametrize("name", ["nul \0 inside", "half \ud800"])
def test_unstorable_text_is_422(database: Database, name: str) -> None:
    def use_case(work: UnitOfWork) -> None:
        work.execute(ADD, (name,))

    reply = send(database, use_case)

    assert (reply.status, reply.problem["code"]) == (422, "text-unstorable")


def test_failed_hook_keeps_response(database: Database) -> None:
    ran: list[str] = []

    def use_case(work: UnitOfWork) -> str:
        work.execute(ADD, ("x",))
        work.after_commit(lambda: 1 / 0)  # type: ignore[arg-type]
        work.after_commit(lambda: ran.append("second"))
        return "saved"

    assert send(database, use_case).status == 200
    assert ran == ["second"]
    assert names(database) == ["x"]
