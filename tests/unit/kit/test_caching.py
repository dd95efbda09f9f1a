"""Unit tests of Cache-Control, ETags and compression."""

import base64
import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from kit.auth import public
from kit.errors import NotFound
from kit.http import (
    cache_publicly,
    capped_max_age,
    create_app,
    lambda_handler,
    public_cache_control,
)
from tests.fixtures.asgi import Reply, call
from tests.fixtures.functions import http_event

router = APIRouter(dependencies=[public()])
LONG = "a verified companion " * 200


@router.get("/shared", dependencies=[cache_publicly(300)])
async def for_all() -> dict[str, str]:
    return {"text": LONG}


@router.get("/dated")
async def dated() -> Response:
    modified = "Sat, 21 Nov 2026 08:00:00 GMT"
    return Response(
        "x", headers={"cache-control": public_cache_control(60), "last-modified": modified}
    )


@router.get("/own")
async def own() -> dict[str, str]:
    return {"text": LONG}


@router.get("/picture")
async def picture() -> Response:
    return Response(LONG, media_type="image/png")


@router.get("/gone", dependencies=[cache_publicly(300)])
async def gone() -> None:
    raise NotFound("gone", "It is gone.")


@pytest.fixture
def app() -> ASGIApp:
    return create_app(title="Tests", routers=[router])


def ask(app: ASGIApp, path: str, **headers: str) -> Reply:
    return call(app, "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_public_response_has_etag_and_shared_max_age(app: ASGIApp) -> None:
    answer = ask(app, "/shared")

    policy = str(answer.header("cache-control"))
    assert "s-maxage=300" in policy
    assert "max-age=0" in policy
    assert "stale-if-error=0" in policy, "a failure of ours must not bring back what was taken down"
    assert str(answer.header("etag")).startswith('W/"')


def test_matching_if_none_match_is_304(app: ASGIApp) -> None:
    tag = str(ask(app, "/shared").header("etag"))

    for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
        answer = ask(app, "/shared", if_none_match=known)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.header("etag") == tag
        assert "s-maxage=300" in str(answer.header("cache-control"))
        assert answer.header("content-length") is None
    assert ask(app, "/shared", if_none_match='"other"').status == 200


def test_if_modified_since_is_ignored(app: ASGIApp) -> None:
    assert ask(app, "/dated", if_modified_since="Sun, 22 Nov 2026 08:00:00 GMT").status == 200


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "seconds"), [((), 300), ((4, 90), 240), ((90,), 300), ((0,), 0), ((-5, 90), 0)]
)
def test_capped_max_age_ends_at_earliest_time(minutes: tuple[int, ...], seconds: int) -> None:
    until = [NOON + timedelta(minutes=count) for count in minutes]

    assert capped_max_age(300, NOON, *until) == seconds


@pytest.mark.parametrize("path", ["/own", "/gone", "/nowhere"])
def test_private_response_has_no_etag(app: ASGIApp, path: str) -> None:
    answer = ask(app, path)

    assert answer.header("cache-control") == "no-store"
    assert answer.header("etag") is None


def test_long_text_is_compressed_with_vary_header(app: ASGIApp) -> None:
    plain, packed = ask(app, "/shared"), ask(app, "/shared", accept_encoding="br, gzip")

    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 10
    assert plain.header("content-encoding") is None
    for answer in (plain, packed):
        assert "accept-encoding" in str(answer.header("vary")).lower()
    assert packed.header("etag") == plain.header("etag")


@pytest.mark.parametrize("path", ["/dated", "/picture"])
def test_short_or_binary_response_is_not_compressed(app: ASGIApp, path: str) -> None:
    answer = ask(app, path, accept_encoding="gzip")

    assert answer.header("content-encoding") is None
    assert answer.header("vary") is None


def test_lambda_response_compressed_is_base64(app: Any) -> None:
    headers = {"host": "localhost", "accept-encoding": "gzip"}
    event = http_event("GET", "/own", headers, {}, "", "127.0.0.1")

    answer = lambda_handler(app)(event, None)

    assert answer["isBase64Encoded"] is True
    assert LONG.encode() in gzip.decompress(base64.b64decode(answer["body"]))
