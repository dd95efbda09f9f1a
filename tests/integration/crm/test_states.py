"""Every route in every state of a book: the list is the application's own, so a new route is asked as well.

A route that depends on `crm.dependencies.unlocked_context` needs an unlocked workspace. Every other route
is listed in `WITHOUT_A_BOOK` together with its answer while the workspace is locked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from crm import dependencies
from kit import aws
from kit.db import Database
from kit.http.app import served_routes
from tests.factories.crm import PASSPHRASE, CrmFactory, CrmUser
from tests.fakes.vault_cloud import FakeCloud
from tests.fixtures.functions import Answer
from tests.integration.test_authorization_matrix import EXAMPLE_PARAMETERS, PathParameters
from tools.openapi import applications

pytestmark = pytest.mark.slow

API, PAGE = "/api/v1/crm/{slug}", "/{slug}/crm"
# States and keys themselves, what is in clear, and what gives nothing of the book away.
WITHOUT_A_BOOK = {
    f"GET {API}/encryption",
    f"POST {API}/unlock",
    f"POST {API}/lock",
    f"POST {API}/lock-all",
    f"POST {API}/encryption/enable",
    f"POST {API}/encryption/disable",
    f"DELETE {API}/encryption/disable",
    f"POST {API}/encryption/passphrase",
    f"POST {API}/encryption/recover",
    f"POST {API}/encryption/recovery-code",
    f"POST {API}/encryption/rotate",
    f"DELETE {API}/workspace",
    f"POST {API}/workspace",
    f"GET {API}/settings",
    f"GET {API}/audit",
    f"GET {API}/audit/actions",
    f"GET {API}/export/decryptor",
    f"GET {API}/retention",
    f"GET {API}/retention/erasures",
    f"GET {API}/retention/preview",
    f"DELETE {API}/clients",
    f"GET {API}/inbox",
    f"DELETE {API}/inbox/failed",
    f"POST {API}/inbox/retry",
    "GET /api/v1/privacy/requests",
    "POST /api/v1/privacy/requests",
    f"POST {PAGE}/lock-and-logout",
    "GET /privacy",
    "POST /privacy",
    "GET /unsubscribe/{token}",
    "POST /unsubscribe/{token}",
    f"GET {PAGE}/unlock",
    f"POST {PAGE}/unlock",
    f"GET {PAGE}/recover",
    f"POST {PAGE}/recover",
    f"POST {PAGE}/lock",
    f"POST {PAGE}/lock-all",
    f"POST {PAGE}/_alive",
    f"GET {PAGE}/audit",
    f"GET {PAGE}/export/decryptor",
    f"POST {PAGE}/export/again",
    f"GET {PAGE}/settings/encryption",
    *(
        f"POST {PAGE}/settings/encryption/{what}"
        for what in (
            "enable",
            "disable",
            "cancel-disable",
            "change",
            "code",
            "renew",
            "rotate",
            "delete",
            "recreate",
        )
    ),
}


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    needs_book: bool

    def ask(self, user: CrmUser, accept: str = "application/json") -> Answer:
        """Send it with nothing in it: what keeps the book shut is said before anything is read."""
        path = self.path.format_map(PathParameters(EXAMPLE_PARAMETERS | {"slug": user.slug}))
        headers = {"accept": accept} | (
            {"x-crm-unlock-token": user.unlock_token} if user.unlock_token else {}
        )
        body: dict[str, Any] = {}
        if self.method != "GET":
            body = {"json": {}} if self.path.startswith("/api/") else {"form": {}}
        return user.http.request(self.method, path, headers=headers, **body)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    for route in served_routes(applications()["crm.handler"]):
        for method in sorted(route.methods or ()):
            yield Route(method, route.path, _needs_book(route.dependant))


def _needs_book(dependant: Any) -> bool:
    return dependant.call is dependencies.unlocked_context or any(
        map(_needs_book, dependant.dependencies)
    )


BEHIND_THE_BOOK = [route for route in routes() if route.needs_book]


def said_by_all(user: CrmUser) -> dict[str, tuple[int, str]]:
    """Ask every route that needs an open book; return what each one said."""
    answers = {str(route): route.ask(user) for route in BEHIND_THE_BOOK}
    return {name: (one.status, _code(one)) for name, one in answers.items()}


def _code(answer: Answer) -> str:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return str(answer.problem["code"]) if is_problem else "fine"


def rows(database: Database) -> dict[str, int]:
    """Return how many rows there are in every table of every feature."""
    with database.transaction() as work:
        tables = work.execute(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        ).fetchall()
        return {
            row["name"]: work.execute(f"SELECT count(*) AS n FROM {row['name']}").fetchall()[0]["n"]
            for row in tables
        }


def test_what_needs_no_open_book_was_thought_about() -> None:
    without = {str(route) for route in routes() if not route.needs_book}
    assert without - WITHOUT_A_BOOK == set()
    assert len(BEHIND_THE_BOOK) > 60


def test_open_and_unlocked_nothing_is_refused_for_its_state(provider: CrmUser) -> None:
    for prepare in (provider.create_client, provider.enable_encryption):
        prepare()
        said = said_by_all(provider)
        assert {code for status, code in said.values() if status in {410, 423, 503}} == set()


def test_locked_everything_says_so(
    provider: CrmUser, crm_factory: CrmFactory, database: Database
) -> None:
    provider.create_client()
    provider.enable_encryption()
    nora = crm_factory.create_user("nora-lind")
    nora.enable_encryption("nine ladies dancing slowly")
    before = rows(database)

    def expect(code: str) -> None:
        said = said_by_all(provider)
        assert said == dict.fromkeys(said, (423, code))
        assert rows(database) == before

    key, provider.unlock_token = provider.unlock_token, None
    expect("vault-locked")
    provider.unlock_token = nora.unlock_token
    expect("unlock-expired")
    phone = crm_factory.new_session(provider)
    phone.unlock()
    before = rows(database)
    provider.unlock_token = phone.unlock_token
    expect("unlock-expired")
    provider.unlock_token = key
    assert provider.get("/clients").status == 200
    provider.post("/lock")
    before = rows(database)
    expect("unlock-expired")


def test_expired_everything_says_so(provider: CrmUser, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.enable_encryption()
    provider.unlock_token = provider.post("/unlock", {"passphrase": PASSPHRASE, "minutes": 5}).json[
        "vaultKey"
    ]
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(timedelta(minutes=6).total_seconds()))
    said = said_by_all(provider)
    assert said == dict.fromkeys(said, (423, "unlock-expired"))


def test_locked_pages_lead_to_the_door(provider: CrmUser) -> None:
    provider.enable_encryption()
    provider.unlock_token = None
    pages = [one for one in BEHIND_THE_BOOK if one.method == "GET" and one.path.startswith(PAGE)]
    assert pages
    for page in pages:
        answer = page.ask(provider, "text/html")
        assert answer.status == 303, page
        assert answer.headers["location"].startswith("/mira-valen/crm/unlock"), page


def test_locked_the_rest_still_answers(provider: CrmUser) -> None:
    provider.enable_encryption()
    provider.unlock_token = None
    for route in routes():
        if not route.needs_book and "{slug}" in route.path:
            assert route.ask(provider).status in {200, 204, 303, 307, 404, 409, 422, 423}, route


def test_shredded_everything_says_so(provider: CrmUser, database: Database) -> None:
    provider.create_client()
    provider.delete("/workspace", json={"confirm": "delete mira-valen"})
    before = rows(database)
    said = said_by_all(provider)
    assert said == dict.fromkeys(said, (410, "vault-shredded"))
    assert rows(database) == before


@pytest.mark.parametrize("passphrase", [False, True])
def test_without_kms_everything_waits(
    provider: CrmUser, database: Database, monkeypatch: pytest.MonkeyPatch, *, passphrase: bool
) -> None:
    provider.create_client()
    if passphrase:
        provider.enable_encryption()
    before = rows(database)
    dependencies._keyring.cache_clear()
    _without_kms(monkeypatch)
    said = said_by_all(provider)
    assert said == dict.fromkeys(said, (503, "keys-unavailable"))
    written = provider.post("/clients", {"name": "Half Written", "phones": ["+49 30 7654321"]})
    assert written.status == 503
    if passphrase:
        assert provider.post("/unlock", {"passphrase": PASSPHRASE}).status == 503
    assert rows(database) == before


def test_without_the_key_table_nothing_is_half_written(
    provider: CrmUser, database: Database, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of keys goes away at each of the calls that keeping somebody makes."""
    provider.create_client("First One")
    body = {"name": "Half Written", "phones": ["+49 30 7654321"], "tags": ["half"]}
    before, failing = rows(database), Failing(aws._client("dynamodb"), cloud["CRM_KEYS_TABLE"])
    monkeypatch.setattr(aws, "_client", Clients("dynamodb", failing))
    while (answer := provider.post("/clients", body)).status == 503:
        assert answer.problem["code"] == "keys-unavailable"
        assert rows(database) == before
        failing.next()
    assert answer.status == 201
    assert failing.at > 2


class Failing:
    """DynamoDB, of which one table goes away at one call."""

    def __init__(self, real: Any, table: str) -> None:
        self._real = real
        self._table = table
        self._calls = 0
        self.at = 1

    def next(self) -> None:
        """Go away one call later."""
        self._calls, self.at = 0, self.at + 1

    def __getattr__(self, name: str) -> Any:
        def call(**asked: Any) -> Any:
            if self._table in repr(asked):
                self._calls += 1
                if self._calls >= self.at:
                    raise EndpointConnectionError(endpoint_url="https://dynamodb.test")
            return getattr(self._real, name)(**asked)

        return call


class Clients:
    """The clients of AWS, one of them another."""

    def __init__(self, name: str, other: object) -> None:
        self._name = name
        self._other = other
        self._real = aws._client
        self.cache_clear = self._real.cache_clear

    def __call__(self, name: str) -> Any:
        return self._other if name == self._name else self._real(name)


def _without_kms(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = FakeCloud()
    cloud.unavailable = {"kms"}
    monkeypatch.setattr(aws, "_client", Clients("kms", cloud.kms))
