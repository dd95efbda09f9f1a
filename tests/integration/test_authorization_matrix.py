"""Authorization matrix: the access rules of every route against a readable table.

`authorization_matrix.tsv` is written by hand. A route without a row fails, a row without a route fails, and each
caller must be admitted or refused exactly as the table says. `admin@site` is a staff member who signed in to the
public site, and is an ordinary visitor there. `escort@admin` is a provider in the dashboard, `/{slug}/admin`;
`escort@crm` a provider in the client book, `/{slug}/crm`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kit import clock
from kit.auth import Audience, Session, SessionStore, tokens
from kit.db import Database
from kit.http.app import declared_rules, served_routes
from kit.ids import new_id
from tests.factories.escorts import make_account
from tests.fixtures.functions import Answer, FunctionClient
from tools.openapi import applications

type Functions = Callable[..., FunctionClient]

TABLE = Path(__file__).with_name("authorization_matrix.tsv")
ANYONE = "anyone"
CALLERS = ("client", "escort", "escort@admin", "escort@crm", "agency", "admin@site", "admin")
COOKIES = {Audience.SITE: "__Host-sid", Audience.ADMIN: "__Host-adm", Audience.CRM: "__Secure-crm"}
# The error codes of kit.auth; refusals of use cases have other codes.
NOT_SIGNED_IN = {
    "sign-in-needed",
    "session-ended",
    "network-changed",
    "token-refused",
    "token-expired",
}
REFUSALS = NOT_SIGNED_IN | {"wrong-audience", "not-permitted", "network-not-allowed"}


class PathParameters(dict[str, str]):
    """Values of path parameters: by name where the format matters, else a new id without a record."""

    def __missing__(self, name: str) -> str:
        return str(new_id())


EXAMPLE_PARAMETERS = PathParameters(
    session_id=new_id().hex,
    slug="unknown-profile",
    city="nowhere",
    service="nothing",
    token="t" * 43,
    name="nothing.xml",
)


@dataclass(frozen=True)
class Route:
    """Method and path of a function."""

    entry: str
    method: str
    path: str

    @property
    def is_api(self) -> bool:
        """Tell whether the route is of the JSON API."""
        return self.path.startswith(("/api/", "/.well-known/"))

    @property
    def address(self) -> str:
        """Return an example path of the route."""
        return self.path.format_map(EXAMPLE_PARAMETERS)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def list_routes() -> list[Route]:
    return [
        Route(entry, method, route.path)
        for entry, app in applications().items()
        for route in served_routes(app)
        for method in sorted(route.methods or ())
    ]


def read_matrix() -> dict[tuple[str, str], frozenset[str]]:
    rows: dict[tuple[str, str], frozenset[str]] = {}
    for line in TABLE.read_text().splitlines()[1:]:
        method, path, callers = line.split("\t")
        assert (method, path) not in rows, f"{method} {path} stands twice"
        rows[method, path] = frozenset(callers.split())
    return rows


def test_matrix_rows_equal_served_routes() -> None:
    served = {(route.method, route.path) for route in list_routes()}

    assert served - read_matrix().keys() == set()
    assert read_matrix().keys() - served == set()


def test_matrix_lists_known_callers_only() -> None:
    for row, callers in read_matrix().items():
        assert callers == {ANYONE} or callers <= set(CALLERS), row
        assert callers, row


def test_public_routes_are_declared_public() -> None:
    known = read_matrix()
    for app in applications().values():
        for route in served_routes(app):
            for method in route.methods or ():
                callers = known.get((method, route.path), frozenset())
                open_to_all = ANYONE in callers
                assert not callers or declared_rules(route)[0].is_public == open_to_all, route.path


def test_staff_on_public_site_has_no_staff_access() -> None:
    """No row gives staff access from the public site that ordinary users do not have."""
    for row, callers in read_matrix().items():
        if "admin@site" in callers:
            assert {"client", "escort", "agency"} & callers, row


@dataclass
class Caller:
    """Caller with an account.

    A session is used until a request that is not a GET, since some of those end it; hundreds of open sessions would
    slow every page that lists them.
    """

    functions: Functions
    store: SessionStore
    user_id: UUID
    role: str
    audience: Audience
    key_arn: str
    network: str = "203.0.113.7"
    _open: tuple[Session, str] | None = field(default=None, init=False)
    _token: str = field(default="", init=False)

    def session(self) -> tuple[Session, str]:
        """Return the open session, or start one."""
        if self._open is None:
            self._open = self.store.create(
                user_id=self.user_id,
                role=self.role,
                audience=self.audience,
                device="tests",
                network=self.network,
            )
        return self._open

    def token(self) -> str:
        """Return an access token of the session."""
        if not self._token:
            session, _ = self.session()
            self._token = tokens.sign(
                session, issuer="https://hellomahi.test", key_arn=self.key_arn
            )
        return self._token

    def send_with_cookie(self, route: Route, credential: str | None = None) -> Answer:
        """Send a request with the session cookie, as from our own page."""
        cookie = {COOKIES[self.audience]: credential or self.session()[1]}
        return self.end_session_after(route, send(self.functions, route, cookies=cookie))

    def send_with_token(self, route: Route) -> Answer:
        """Send a request with an access token."""
        return self.end_session_after(route, send(self.functions, route, token=self.token()))

    def end_session_after(self, route: Route, answer: Answer) -> Answer:
        """Return `answer`, and end the session after a request that may have ended it already."""
        if route.method != "GET":
            self._end_session()
        return answer

    def _end_session(self) -> None:
        if self._open is not None:
            self.store.revoke(self._open[0].id, self.user_id)
        self._open, self._token = None, ""


def send(
    functions: Functions, route: Route, *, cookies: dict[str, str] | None = None, token: str = ""
) -> Answer:
    web = functions("Gateway", cookies=cookies or {})
    headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
    if route.method in {"GET", "DELETE"}:
        return web.request(route.method, route.address, headers=headers, token=token)
    if route.is_api:
        return web.request(route.method, route.address, json={}, headers=headers, token=token)
    return web.request(route.method, route.address, form={}, headers=headers, token=token)


def refusal(answer: Answer) -> str | None:
    """Return kit.auth's error code, or None if the request passed."""
    if answer.headers.get("content-type") != "application/problem+json":
        return None
    code: str = answer.json["code"]
    return code if code in REFUSALS else None


@pytest.fixture
def calling(
    functions: Functions, cloud: dict[str, str], database: Database
) -> Callable[..., Caller]:
    store = SessionStore(cloud["SESSIONS_TABLE"])

    def make(name: str, audience: Audience | None = None) -> Caller:
        role, _, realm = name.partition("@")
        usual = Audience(realm or ("admin" if role == "admin" else "site"))
        return Caller(
            functions,
            store,
            make_account(database, role),
            role,
            audience or usual,
            cloud["SIGNING_KEY_ARNS"],
        )

    return make


def find_mismatches(
    expected: Callable[[Route], bool],
    ask: Callable[[Route], Answer],
    asked: Callable[[Route], bool] = lambda _: True,
) -> list[str]:
    """Return the routes whose access differs from the table, or that answer 5xx."""
    found: list[str] = []
    known = read_matrix()
    # A route without a row is reported by the first test only.
    listed = (route for route in list_routes() if (route.method, route.path) in known)
    for route in filter(asked, listed):
        answer = ask(route)
        passed = refusal(answer) is None
        if passed != expected(route):
            found.append(f"{route}: {'let through' if passed else 'refused'} ({answer.status})")
        if answer.status >= 500:
            found.append(f"{route}: {answer.status}")
    return found


def expects_access(name: str) -> Callable[[Route], bool]:
    rows = read_matrix()
    return lambda route: bool({ANYONE, name} & rows[route.method, route.path])


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLERS)
def test_cookie_access_equals_matrix(calling: Callable[..., Caller], name: str) -> None:
    caller = calling(name)

    assert find_mismatches(expects_access(name), caller.send_with_cookie) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLERS)
def test_token_access_equals_matrix(calling: Callable[..., Caller], name: str) -> None:
    caller = calling(name)

    assert (
        find_mismatches(expects_access(name), caller.send_with_token, lambda route: route.is_api)
        == []
    )


@pytest.mark.slow
def test_anonymous_access_equals_matrix(functions: Functions) -> None:
    assert find_mismatches(expects_access("anonymous"), lambda route: send(functions, route)) == []


@pytest.mark.slow
def test_expired_cookie_is_anonymous(calling: Callable[..., Caller]) -> None:
    caller = calling("client")
    past = replace(caller, store=SessionStore(caller.store._table, _a_year_ago))

    assert find_mismatches(expects_access("anonymous"), past.send_with_cookie) == []


def _a_year_ago() -> datetime:
    return clock.now() - timedelta(days=365)


@pytest.mark.slow
def test_provider_dashboard_ignores_staff_network_list(
    calling: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")

    assert (
        find_mismatches(expects_access("escort@admin"), calling("escort@admin").send_with_cookie)
        == []
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["client", "agency", "admin"])
def test_crm_session_of_other_role_is_anonymous(calling: Callable[..., Caller], name: str) -> None:
    caller = calling(name, Audience.CRM)

    assert find_mismatches(expects_access("anonymous"), caller.send_with_cookie) == []
    assert (
        find_mismatches(
            expects_access("anonymous"), caller.send_with_token, lambda route: route.is_api
        )
        == []
    )


@pytest.mark.slow
def test_crm_session_from_other_network_is_anonymous(calling: Callable[..., Caller]) -> None:
    """This covers every CRM row, whichever function serves it."""
    caller = calling("escort@crm")
    elsewhere = replace(caller, network="198.51.100.7")

    def private(route: Route) -> bool:
        return "escort@crm" in read_matrix()[route.method, route.path]

    assert find_mismatches(expects_access("anonymous"), elsewhere.send_with_cookie, private) == []
    assert (
        find_mismatches(
            expects_access("anonymous"),
            elsewhere.send_with_token,
            lambda r: r.is_api and private(r),
        )
        == []
    )


@pytest.mark.slow
def test_credential_in_cookie_of_other_audience_is_anonymous(
    calling: Callable[..., Caller],
) -> None:
    site = calling("admin@site")
    moved = replace(site, audience=Audience.ADMIN)

    def ask(route: Route) -> Answer:
        # The next request gets a new session of the site if this one may have ended it.
        return site.end_session_after(route, moved.send_with_cookie(route, site.session()[1]))

    assert find_mismatches(expects_access("anonymous"), ask) == []


@pytest.mark.slow
def test_staff_outside_network_list_are_refused(
    calling: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")

    assert find_mismatches(expects_access("anonymous"), calling("admin").send_with_cookie) == []


@pytest.mark.slow
def test_unknown_role_has_no_permission(calling: Callable[..., Caller]) -> None:
    caller = replace(calling("client"), role="superuser")

    assert find_mismatches(expects_access("anonymous"), caller.send_with_cookie) == []
