"""Fuzz tests of the API against its OpenAPI document: no 5xx, and every response is as documented.

Schemathesis generates requests that fit the document and requests that nearly do; they are sent to the functions'
handlers as Lambda events, over a real database with each function's own role, anonymously and as each role.
"""

import os
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kit.auth import Audience
from kit.db import Database
from kit.ratelimit import RateLimiter
from tests.factories.escorts import API, PROFILE, make_account, sign_in
from tests.fixtures.functions import Answer, FunctionClient, http_event
from tests.fixtures.gateway import function_for
from tests.integration.test_authorization_matrix import ANYONE, read_matrix
from tools.openapi import document

pytestmark = pytest.mark.slow

type Functions = Callable[..., FunctionClient]

BASE = "https://hellomahi.test"
CALLERS = ("anonymous", "client", "escort", "escort@crm", "agency", "admin@site", "admin")
# For a long search: FUZZ_EXAMPLES=200 pytest tests/integration/test_openapi_fuzz.py
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
networks = count(1)
AUDIENCES = {"crm": Audience.CRM}


@dataclass
class FuzzWorld:
    """Caller of the API, and the ids of existing records."""

    functions: Functions
    token: Callable[[], str | None]
    ids: dict[str, list[str]]
    network: str | None = None
    """Network of a CRM session, which is bound to it; other callers use changing networks."""

    def send(self, case: Case[Any]) -> tuple[Answer, requests.PreparedRequest]:
        """Send a generated request in the form of the gateway's event."""
        token = self.token()
        if token:
            case.headers["authorization"] = f"Bearer {token}"
        if case.method == "PUT":
            # Present where required, so that the generated body is checked, and not only the missing header.
            case.headers.setdefault("if-match", '"1"')
        sent = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        parts = urlsplit(str(sent.url))
        number = next(networks)
        web = self.functions(
            function_for(str(sent.method), parts.path),
            ip=self.network or f"198.18.{number // 250}.{number % 250}",
        )
        path = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
        headers = {name.lower(): as_text(value) for name, value in sent.headers.items()}
        headers.pop("accept-encoding", None)
        event = http_event(str(sent.method), path, headers, {}, "", web.ip)
        body = sent.body or b""
        assert isinstance(body, str | bytes)
        raw = body.encode() if isinstance(body, str) else body
        event |= {"body": b64encode(raw).decode(), "isBase64Encoded": True}
        return web._read(web.invoke(event)), sent


def as_text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@pytest.fixture
def without_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make password hashing fast, and turn rate limits off."""
    from auth.dependencies import password_hasher
    from auth.domain.hashing import PasswordHasher
    from auth.handler import app

    monkeypatch.setattr(RateLimiter, "hit", lambda *_, **__: None)
    app.dependency_overrides[password_hasher] = lambda: PasswordHasher(64, 1)
    yield
    app.dependency_overrides.clear()


@pytest.fixture
def fuzz_world(
    functions: Functions, cloud: dict[str, str], database: Database, without_limits: None
) -> Callable[[str], FuzzWorld]:
    def make(caller: str) -> FuzzWorld:
        role, _, realm = caller.partition("@")
        staff = role == "admin" and not realm
        user_id = None if role == "anonymous" else make_account(database, role)

        def token(audience: Audience | None = None) -> str | None:
            # A session for every request: some of them end it.
            audience = audience or (
                Audience.ADMIN if staff else AUDIENCES.get(realm, Audience.SITE)
            )
            return sign_in(cloud, user_id, role, audience) if user_id else None

        owner = make_account(database, "escort")
        theirs = sign_in(cloud, owner, "escort", Audience.SITE)
        made = [functions("Gateway").post(API, json=PROFILE, token=theirs)]
        if role == "escort":
            made.append(functions("Gateway").post(API, json=PROFILE, token=token(Audience.SITE)))
        profiles = [answer.json["id"] for answer in made]
        ids = {
            "profile_id": profiles,
            "id_or_slug": profiles,
            "user_id": [str(owner)] + ([str(user_id)] if user_id else []),
        }
        if realm == "crm":
            ids |= create_crm_records(functions, made[-1].json["slug"], token)
        return FuzzWorld(functions, token, ids, "203.0.113.7" if realm == "crm" else None)

    return make


def create_crm_records(
    functions: Functions, slug: str, token: Callable[[], str | None]
) -> dict[str, list[str]]:
    """Create records in a provider's client book; return its slug and their ids."""
    web = functions("Gateway")
    base = f"/api/v1/crm/{slug}"
    ids = {"slug": [slug]}
    client_id = web.post(f"{base}/clients", json={"name": "Leo"}, token=token()).json["id"]
    ids["client_id"] = [client_id]
    visit = {"startsAt": "2026-03-01T20:00:00Z", "timeZone": "UTC", "durationMinutes": 60}
    things: dict[str, dict[str, Any]] = {
        "visits": visit | {"type": "incall", "currency": "EUR"},
        "screening": {"type": "other"},
        "references": {"name": "Ada"},
    }
    for part, body in things.items():
        answer = web.post(f"{base}/{part}", json=body | {"clientId": client_id}, token=token())
        ids[f"{part.removesuffix('s')}_id"] = [answer.json["id"]]
    return ids


def document_without_security() -> dict[str, Any]:
    """Return the document without security schemes: a generated session cookie would make every write cross-site."""
    merged = document()
    del merged["components"]["securitySchemes"]
    for item in merged["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
    return merged


@st.composite
def cases(draw: st.DrawFn, operation: Any, ids: dict[str, list[str]]) -> Case[Any]:
    """Generate a request that fits the document, or nearly."""
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    case: Case[Any] = draw(operation.as_strategy(generation_mode=draw(st.sampled_from(modes))))
    for name in case.path_parameters.keys() & ids.keys():
        if draw(st.booleans()):
            case.path_parameters[name] = draw(st.sampled_from(ids[name]))
    return case


def fuzz_settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize="FUZZ_EXAMPLES" not in os.environ,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )


def list_operations(caller: str) -> Iterator[Any]:
    """Yield the operations that `caller` may call; refusals are tested by the authorization matrix."""
    rows = read_matrix()
    for result in schemathesis.openapi.from_dict(document_without_security()).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        who = rows.get((operation.method.upper(), operation.path), frozenset({ANYONE}))
        # Public operations are not tested again with CRM sessions.
        if caller in who or (ANYONE in who and caller.rpartition("@")[2] not in AUDIENCES):
            yield operation


def validate_response(here: FuzzWorld, case: Case[Any]) -> int:
    """Send `case`; return the status of a response that is as documented."""
    answer, sent = here.send(case)
    headers = {name: [value] for name, value in answer.headers.items()}
    received = Response(
        answer.status, headers, answer.text.encode(), sent, elapsed=0.0, verify=False
    )
    case.validate_response(received, checks=CHECKS)
    return answer.status


@pytest.mark.parametrize("caller", CALLERS)
def test_generated_requests_get_documented_responses(
    fuzz_world: Callable[[str], FuzzWorld], caller: str
) -> None:
    here = fuzz_world(caller)
    found: list[str] = []
    outcomes: Counter[int] = Counter()
    # The client book has many routes, and unlocking it is slow.
    examples = EXAMPLES // 2 if here.network else EXAMPLES
    for operation in list_operations(caller):

        @fuzz_settings(examples)
        @given(cases(operation, here.ids))
        def hold(case: Case[Any]) -> None:
            outcomes[validate_response(here, case)] += 1

        try:
            hold()
        except Exception as error:
            found.append(f"{operation.label}: {error}")

    assert found == []
    # Check that some requests succeeded, and some were refused for their content.
    assert sum(outcomes[status] for status in (200, 201, 202, 204)) >= 10, outcomes
    assert outcomes[422] >= 10, outcomes


# Values of JSON that the database cannot store.
UNSTORABLE: dict[type, list[Any]] = {
    str: ["a\0b"],
    int: [2**31, 2**63, -(2**63) - 1],
    float: [1e308, 2.0**63],
}


def spoil(value: Any) -> Iterator[Any]:
    """Yield copies of `value`, each with one unstorable part."""
    match value:
        case dict():
            for key, part in value.items():
                yield from ({**value, key: other} for other in spoil(part))
        case list():
            for place, part in enumerate(value):
                yield from ([*value[:place], other, *value[place + 1 :]] for other in spoil(part))
        case _:
            yield from UNSTORABLE.get(type(value), [])


@pytest.mark.parametrize("caller", ["anonymous", "escort", "escort@crm", "admin"])
def test_unstorable_values_get_documented_responses(
    fuzz_world: Callable[[str], FuzzWorld], caller: str
) -> None:
    here = fuzz_world(caller)
    found: list[str] = []
    for operation in list_operations(caller):

        @fuzz_settings(3)
        @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def hold(case: Case[Any]) -> None:
            for name in case.path_parameters.keys() & here.ids.keys():
                case.path_parameters[name] = here.ids[name][-1]
            query, body = dict(case.query), case.body
            for case.query in spoil(query):
                validate_response(here, case)
            case.query = query
            for case.body in spoil(body):
                validate_response(here, case)
            case.body = body
            for name in case.path_parameters:
                case.path_parameters[name] = "a\0b"
                validate_response(here, case)

        try:
            hold()
        except Exception as error:
            found.append(f"{operation.label}: {error}")

    assert found == []
