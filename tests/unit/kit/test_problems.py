"""Unit tests of error responses: problem+json with advice and without internals."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Query
from starlette.exceptions import HTTPException

from kit import errors
from kit.auth import public
from kit.errors import DomainError
from kit.http import Request, create_app
from tests.fixtures.asgi import Reply, call

STATUSES = {
    "Conflict": 409,
    "Forbidden": 403,
    "Gone": 410,
    "Invalid": 422,
    "InvalidState": 409,
    "Locked": 423,
    "NotFound": 404,
    "PreconditionFailed": 412,
    "RateLimited": 429,
    "TooLarge": 413,
    "Unauthenticated": 401,
    "Unavailable": 503,
}
ERRORS = {
    kind.__name__: kind
    for kind in DomainError.__subclasses__()
    if kind.__module__ == errors.__name__
}


class Order(Request):
    """Request body for tests."""

    first_name: str
    how_many: int


router = APIRouter()


@router.get("/api/v1/raise/{kind}", dependencies=[public()])
@router.get("/raise/{kind}", dependencies=[public()])
async def raise_domain_error(kind: str, wait: int | None = None, field: str | None = None) -> None:
    raise ERRORS[kind]("some-code", "Do this instead.", field=field, retry_after=wait)


@router.get("/api/v1/crash", dependencies=[public()])
@router.get("/crash", dependencies=[public()])
async def crash() -> None:
    raise RuntimeError("password=hunter2 of anna@example.com in /srv/secret.py")


@router.get("/api/v1/wrong-answer", dependencies=[public()])
async def wrong_answer() -> Order:
    answer: Any = {"secret": "hunter2"}
    return answer  # type: ignore[no-any-return]


@router.get("/api/v1/teapot", dependencies=[public()])
async def teapot() -> None:
    raise HTTPException(418, "Short and stout.", headers={"x-handle": "here"})


@router.post("/api/v1/orders", dependencies=[public()])
async def order(body: Order, dry_run: Annotated[bool, Query(alias="dryRun")] = False) -> None:
    return None


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(title="Tests", routers=[router])


def test_domain_errors_have_tested_status() -> None:
    assert {name: kind.status for name, kind in ERRORS.items()} == STATUSES


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_domain_error_gives_its_status(app: FastAPI, kind: str, status: int) -> None:
    reply = call(app, path=f"/api/v1/raise/{kind}")

    assert reply.status == status
    problem = reply.problem
    assert (problem["code"], problem["detail"]) == ("some-code", "Do this instead.")
    assert "field" not in problem
    assert "errors" not in problem
    assert reply.header("retry-after") is None
    assert (reply.header("www-authenticate") is not None) == (status == 401)


@pytest.mark.parametrize("wait", [0, 1, 3600])
def test_domain_error_retry_after_is_header(app: FastAPI, wait: int) -> None:
    reply = call(app, path=f"/api/v1/raise/RateLimited?wait={wait}")

    assert reply.header("retry-after") == str(wait)


def test_domain_error_field_is_in_body(app: FastAPI) -> None:
    assert call(app, path="/api/v1/raise/Conflict?field=firstName").problem["field"] == "firstName"


@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*", ""])
def test_api_error_is_json_for_browsers_too(app: FastAPI, accept: str) -> None:
    assert call(app, path="/api/v1/raise/NotFound", headers={"accept": accept}).problem


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_page_error_is_html(app: FastAPI, accept: str, page: bool) -> None:
    reply = call(app, path="/raise/NotFound", headers={"accept": accept})

    assert reply.status == 404
    content = reply.header("content-type") or ""
    assert content.startswith("text/html") == page
    if page:
        assert b"Do this instead." in reply.body


@pytest.mark.parametrize("path", ["/api/v1/crash", "/crash", "/api/v1/wrong-answer"])
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_unhandled_error_response_has_no_internals(app: FastAPI, path: str, accept: str) -> None:
    reply = call(app, path=path, headers={"accept": accept})

    assert reply.status == 500
    text = reply.body.decode()
    for secret in ("hunter2", "anna", "secret", "RuntimeError", "Traceback", ".py", "Order"):
        assert secret not in text
    assert reply.header("x-request-id")
    assert_guarded(reply)


def test_unhandled_error_log_has_type_and_stack_only(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    reply = call(app, path="/api/v1/crash")

    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "RuntimeError" in logged
    assert " crash" in logged
    assert str(reply.header("x-request-id")) in logged
    assert "hunter2" not in logged
    assert "anna" not in logged


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nowhere", 404, "not-found"),
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/api/v1/orders", 405, "method-not-allowed"),
        ("GET", "/api/v1/teapot", 418, "refused"),
    ],
)
def test_unknown_path_is_problem_404(
    app: FastAPI, method: str, path: str, status: int, code: str
) -> None:
    reply = call(app, method, path)

    assert reply.status == status
    assert reply.problem["code"] == code
    assert_guarded(reply)


def test_method_not_allowed_has_allow_header(app: FastAPI) -> None:
    assert call(app, "DELETE", "/api/v1/orders").header("allow") == "POST"
    assert call(app, path="/api/v1/teapot").header("x-handle") == "here"


def test_trailing_slash_is_not_redirected(app: FastAPI) -> None:
    reply = call(app, path="/api/v1/teapot/", headers={"host": "evil.example"})

    assert reply.status == 404
    assert reply.header("location") is None


def test_invalid_input_lists_fields_by_api_name(app: FastAPI) -> None:
    reply = call(
        app,
        "POST",
        "/api/v1/orders?dryRun=perhaps",
        json={"howMany": "many", "first_name_": "hunter2"},
    )

    problem = reply.problem
    assert (reply.status, problem["code"]) == (422, "invalid-input")
    assert {error["field"] for error in problem["errors"]} == {
        "dryRun",
        "firstName",
        "howMany",
        "first_name_",
    }
    assert all(error["message"].endswith(".") for error in problem["errors"])
    assert "hunter2" not in reply.body.decode()
    assert problem["field"] in {error["field"] for error in problem["errors"]}


@pytest.mark.parametrize("body", [b"{", b'{"a": }', b"nonsense", b"", b"[1]", b'"text"', b"null"])
def test_non_object_body_has_no_field(app: FastAPI, body: bytes) -> None:
    reply = call(
        app, "POST", "/api/v1/orders", body=body, headers={"content-type": "application/json"}
    )

    assert reply.status == 422
    problem = reply.problem
    assert "field" not in problem
    assert {error["field"] for error in problem["errors"]} == {""}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"firstName":' + b"9" * 5000 + b"}",
        b'{"firstName": "\xff\xfe"}',
        b'{"firstName": "\\ud800", "howMany": 1}',
        b'{"firstName": "x", "howMany": NaN}',
        b'{"firstName": "x", "howMany": 1e400}',
    ],
)
def test_hostile_body_is_not_500(app: FastAPI, body: bytes) -> None:
    reply = call(
        app, "POST", "/api/v1/orders", body=body, headers={"content-type": "application/json"}
    )

    assert reply.status in {400, 422}
    assert reply.problem["detail"]


@pytest.mark.parametrize("content", ["text/plain", "multipart/form-data", "application/xml", ""])
def test_malformed_json_body_is_422(app: FastAPI, content: str) -> None:
    reply = call(
        app,
        "POST",
        "/api/v1/orders",
        body=b'{"firstName": "x", "howMany": 1}',
        headers={"content-type": content},
    )

    assert reply.status == 422


def assert_guarded(reply: Reply) -> None:
    """Every response, also a 500, has the security headers."""
    assert "default-src 'none'" in (reply.header("content-security-policy") or "")
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("cache-control") == "no-store"
