"""The same thing at the same moment, twice: two functions, two connections."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest

from auth.dependencies import password_hasher
from auth.domain.hashing import PasswordHasher
from auth.pages import routers as pages
from auth.routes import routers
from contracts.identity import ROLE_PERMISSIONS
from kit.db import Database
from kit.http import create_app, lambda_handler
from tests.factories.auth import AUTH, PASSWORD, USERS, Town
from tests.factories.waiting import PATIENCE
from tests.fixtures.functions import Answer, FunctionClient, LambdaContext

pytestmark = pytest.mark.usefixtures("town")
ROUNDS = 5


@dataclass
class OwnEnvironment(FunctionClient):
    """AuthWeb with a connection of its own, as a second environment has."""

    handler: Callable[[Any, Any], Any] | None = None

    def _call(self, name: str, event: object) -> Any:
        assert self.handler is not None
        return self.handler(event, LambdaContext(name))


type Pair = tuple[FunctionClient, FunctionClient]


@pytest.fixture
def pair(database_as: Callable[[str], Database]) -> Pair:
    """Two environments of AuthWeb."""

    def environment(number: int) -> FunctionClient:
        app = create_app(
            title="Auth",
            routers=[*routers, *pages],
            database=database_as("auth_web"),
            permissions=ROLE_PERMISSIONS,
        )
        app.dependency_overrides[password_hasher] = lambda: PasswordHasher(64, 1)
        ip = f"192.0.2.{number}"
        return OwnEnvironment("AuthWeb", lambda _: None, ip=ip, handler=lambda_handler(app))

    return environment(1), environment(2)


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: dict[str, str]
    token: str | None = None


def post(path: str, body: dict[str, str]) -> Call:
    """Return a POST without a session."""
    return Call("POST", path, body)


def both(pair: Pair, calls: list[Call]) -> list[Answer]:
    """Send one call from each environment, at once."""
    barrier = Barrier(2, timeout=PATIENCE)

    def send(client: FunctionClient, call: Call) -> Answer:
        barrier.wait()
        return client.request(call.method, call.path, json=call.body, token=call.token)

    with ThreadPoolExecutor(2, initializer=_give_event_loop) as pool:
        return list(pool.map(send, pair, calls))


def _give_event_loop() -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())


def test_two_registrations_of_one_address(town: Town, pair: Pair) -> None:
    for _ in range(ROUNDS):
        email = town.stranger().email
        spellings = (email.lower(), email.upper())

        bodies = [{"email": one, "password": PASSWORD, "role": "client"} for one in spellings]
        answers = both(pair, [post(f"{AUTH}/register", body) for body in bodies])

        assert [answer.status for answer in answers] == [202, 202]
        with town.mailbox.database.transaction() as work:
            found = work.execute(
                "SELECT FROM auth.users WHERE email_normalized = %s", (email.lower(),)
            )
            assert found.rowcount == 1


@pytest.mark.slow
def test_two_refreshes_of_one_token(town: Town, pair: Pair) -> None:
    for _ in range(ROUNDS):
        user = town.signed_in()

        answers = both(pair, [post(f"{AUTH}/refresh", {"refreshToken": user.refresh_token})] * 2)

        # One is taken for a thief, and the family ends: whoever won has nothing either.
        assert sorted(answer.status for answer in answers) == [200, 401]
        assert user.web.get(f"{USERS}/profile").status == 401


@pytest.mark.slow
def test_one_link_used_twice(town: Town, pair: Pair) -> None:
    for _ in range(ROUNDS):
        user = town.member()
        user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
        token = town.mailbox.last(user.email).token
        passwords = ("the first new password", "the other new password")

        bodies = [{"token": token, "newPassword": password} for password in passwords]
        answers = both(pair, [post(f"{AUTH}/reset-password", body) for body in bodies])

        assert sorted(answer.status for answer in answers) == [200, 409]
        winner = [answer.status for answer in answers].index(200)
        user.password = passwords[winner]
        assert user.log_in().status == 200


@pytest.mark.slow
def test_signing_in_while_being_suspended(town: Town, pair: Pair) -> None:
    admin = town.admin()
    for _ in range(ROUNDS):
        user = town.signed_in()
        login = {"email": user.email, "password": user.password}
        decision = {"status": "suspended", "reason": "a good reason"}

        signed_in, suspended = both(
            pair,
            [
                post(f"{AUTH}/login", login),
                Call("PUT", f"{USERS}/{user.id}/status", decision, admin.web.token),
            ],
        )

        assert suspended.status == 200
        assert signed_in.status in {200, 401, 403}
        if signed_in.status == 200:
            token = signed_in.json["accessToken"]
            assert user.web.get(f"{USERS}/profile", token=token).status == 401


@pytest.mark.slow
def test_two_administrators_shutting_each_other_out(town: Town, pair: Pair) -> None:
    decision = {"status": "suspended", "reason": "a good reason"}
    for _ in range(ROUNDS):
        one, other = town.admin(), town.admin()
        with town.mailbox.database.transaction() as work:
            work.execute(
                """
                UPDATE auth.users SET status = 'banned'
                WHERE role = 'admin' AND id <> ALL(%s::uuid[])
                """,
                ([one.id, other.id],),
            )

        answers = both(
            pair,
            [
                Call("PUT", f"{USERS}/{other.id}/status", decision, one.web.token),
                Call("PUT", f"{USERS}/{one.id}/status", decision, other.web.token),
            ],
        )

        assert min(answer.status for answer in answers) == 200
        with town.mailbox.database.transaction() as work:
            left = work.execute("SELECT FROM auth.users WHERE role = 'admin' AND status = 'active'")
            assert left.rowcount == 1, [answer.text for answer in answers]
