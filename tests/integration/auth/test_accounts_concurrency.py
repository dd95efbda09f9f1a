"""Concurrent requests to auth from two Lambda environments with their own connections."""

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
from tests.factories.auth import AUTH, PASSWORD, USERS, AuthWorld
from tests.factories.waiting import PATIENCE
from tests.fixtures.functions import Answer, FunctionClient, LambdaContext

pytestmark = pytest.mark.usefixtures("accounts")
ROUNDS = 5


@dataclass
class SecondEnvironment(FunctionClient):
    """AuthWeb with its own database connection, as a second environment has."""

    handler: Callable[[Any, Any], Any] | None = None

    def _call(self, name: str, event: object) -> Any:
        assert self.handler is not None
        return self.handler(event, LambdaContext(name))


type Pair = tuple[FunctionClient, FunctionClient]


@pytest.fixture
def environments(database_as: Callable[[str], Database]) -> Pair:
    """Create two environments of AuthWeb."""

    def environment(number: int) -> FunctionClient:
        app = create_app(
            title="Auth",
            routers=[*routers, *pages],
            database=database_as("auth_web"),
            permissions=ROLE_PERMISSIONS,
        )
        app.dependency_overrides[password_hasher] = lambda: PasswordHasher(64, 1)
        ip = f"192.0.2.{number}"
        return SecondEnvironment("AuthWeb", lambda _: None, ip=ip, handler=lambda_handler(app))

    return environment(1), environment(2)


@dataclass(frozen=True)
class RequestSpec:
    """Request to send."""

    method: str
    path: str
    body: dict[str, str]
    token: str | None = None


def post(path: str, body: dict[str, str]) -> RequestSpec:
    """Return a POST without a session."""
    return RequestSpec("POST", path, body)


def send_concurrently(environments: Pair, calls: list[RequestSpec]) -> list[Answer]:
    """Send one request from each environment at the same time."""
    barrier = Barrier(2, timeout=PATIENCE)

    def send(client: FunctionClient, call: RequestSpec) -> Answer:
        barrier.wait()
        return client.request(call.method, call.path, json=call.body, token=call.token)

    with ThreadPoolExecutor(2, initializer=_give_event_loop) as pool:
        return list(pool.map(send, environments, calls))


def _give_event_loop() -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())


def test_concurrent_registrations_create_one_account(
    accounts: AuthWorld, environments: Pair
) -> None:
    for _ in range(ROUNDS):
        email = accounts.unregistered_user().email
        spellings = (email.lower(), email.upper())

        bodies = [{"email": one, "password": PASSWORD, "role": "client"} for one in spellings]
        answers = send_concurrently(
            environments, [post(f"{AUTH}/register", body) for body in bodies]
        )

        assert [answer.status for answer in answers] == [202, 202]
        with accounts.mailbox.database.transaction() as work:
            found = work.execute(
                "SELECT FROM auth.users WHERE email_normalized = %s", (email.lower(),)
            )
            assert found.rowcount == 1


@pytest.mark.slow
def test_concurrent_refreshes_end_the_session(accounts: AuthWorld, environments: Pair) -> None:
    for _ in range(ROUNDS):
        user = accounts.signed_in_user()

        answers = send_concurrently(
            environments, [post(f"{AUTH}/refresh", {"refreshToken": user.refresh_token})] * 2
        )

        # The second use counts as theft and ends the session, so the first caller loses it too.
        assert sorted(answer.status for answer in answers) == [200, 401]
        assert user.web.get(f"{USERS}/profile").status == 401


@pytest.mark.slow
def test_concurrent_resets_consume_the_link_once(accounts: AuthWorld, environments: Pair) -> None:
    for _ in range(ROUNDS):
        user = accounts.verified_user()
        user.web.post(f"{AUTH}/forgot-password", json={"email": user.email})
        token = accounts.mailbox.last_mail(user.email).token
        passwords = ("the first new password", "the other new password")

        bodies = [{"token": token, "newPassword": password} for password in passwords]
        answers = send_concurrently(
            environments, [post(f"{AUTH}/reset-password", body) for body in bodies]
        )

        assert sorted(answer.status for answer in answers) == [200, 409]
        winner = [answer.status for answer in answers].index(200)
        user.password = passwords[winner]
        assert user.log_in().status == 200


@pytest.mark.slow
def test_concurrent_login_and_suspension_leave_no_session(
    accounts: AuthWorld, environments: Pair
) -> None:
    admin = accounts.signed_in_admin()
    for _ in range(ROUNDS):
        user = accounts.signed_in_user()
        login = {"email": user.email, "password": user.password}
        decision = {"status": "suspended", "reason": "a good reason"}

        signed_in, suspended = send_concurrently(
            environments,
            [
                post(f"{AUTH}/login", login),
                RequestSpec("PUT", f"{USERS}/{user.id}/status", decision, admin.web.token),
            ],
        )

        assert suspended.status == 200
        assert signed_in.status in {200, 401, 403}
        if signed_in.status == 200:
            token = signed_in.json["accessToken"]
            assert user.web.get(f"{USERS}/profile", token=token).status == 401


@pytest.mark.slow
def test_concurrent_mutual_suspension_leaves_one_administrator(
    accounts: AuthWorld, environments: Pair
) -> None:
    decision = {"status": "suspended", "reason": "a good reason"}
    for _ in range(ROUNDS):
        one, other = accounts.signed_in_admin(), accounts.signed_in_admin()
        with accounts.mailbox.database.transaction() as work:
            work.execute(
                """
                UPDATE auth.users SET status = 'banned'
                WHERE role = 'admin' AND id <> ALL(%s::uuid[])
                """,
                ([one.id, other.id],),
            )

        answers = send_concurrently(
            environments,
            [
                RequestSpec("PUT", f"{USERS}/{other.id}/status", decision, one.web.token),
                RequestSpec("PUT", f"{USERS}/{one.id}/status", decision, other.web.token),
            ],
        )

        assert min(answer.status for answer in answers) == 200
        with accounts.mailbox.database.transaction() as work:
            left = work.execute("SELECT FROM auth.users WHERE role = 'admin' AND status = 'active'")
            assert left.rowcount == 1, [answer.text for answer in answers]
