"""What others may keep of an answer, how they ask again, and how large it is on the way."""

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


def test_what_is_the_same_for_everybody_is_tagged_and_kept_at_the_edge_alone(app: ASGIApp) -> None:
    answer = ask(app, "/shared")

    policy = str(answer.header("cache-control"))
    assert "s-maxage=300" in policy
    assert "max-age=0" in policy
    assert "stale-if-error=0" in policy, "a failure of ours must not bring back what was taken down"
    assert str(answer.header("etag")).startswith('W/"')


def test_who_has_it_already_is_not_sent_it_again(app: ASGIApp) -> None:
    tag = str(ask(app, "/shared").header("etag"))

    for known in (tag, f'"other", {tag}', "*", tag.removeprefix("W/")):
        answer = ask(app, "/shared", if_none_match=known)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.header("etag") == tag
        assert "s-maxage=300" in str(answer.header("cache-control"))
        assert answer.header("content-length") is None
    assert ask(app, "/shared", if_none_match='"other"').status == 200


def test_a_date_alone_does_not_tell_that_nothing_changed(app: ASGIApp) -> None:
    assert ask(app, "/dated", if_modified_since="Sun, 22 Nov 2026 08:00:00 GMT").status == 200


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "seconds"), [((), 300), ((4, 90), 240), ((90,), 300), ((0,), 0), ((-5, 90), 0)]
)
def test_nothing_is_kept_past_the_moment_when_it_ends(
    minutes: tuple[int, ...], seconds: int
) -> None:
    until = [NOON + timedelta(minutes=count) for count in minutes]

    assert capped_max_age(300, NOON, *until) == seconds


@pytest.mark.parametrize("path", ["/own", "/gone", "/nowhere"])
def test_nothing_else_is_kept_or_tagged(app: ASGIApp, path: str) -> None:
    answer = ask(app, path)

    assert answer.header("cache-control") == "no-store"
    assert answer.header("etag") is None


def test_what_is_long_is_compressed_and_says_so(app: ASGIApp) -> None:
    plain, length_prefixed = ask(app, "/shared"), ask(app, "/shared", accept_encoding="br, gzip")

    assert length_prefixed.header("content-encoding") == "gzip"
    assert gzip.decompress(length_prefixed.body) == plain.body
    assert len(length_prefixed.body) < len(plain.body) / 10
    assert plain.header("content-encoding") is None
    for answer in (plain, length_prefixed):
        assert "accept-encoding" in str(answer.header("vary")).lower()
    assert length_prefixed.header("etag") == plain.header("etag")


@pytest.mark.parametrize("path", ["/dated", "/picture"])
def test_what_is_short_or_no_text_is_left_alone(app: ASGIApp, path: str) -> None:
    answer = ask(app, path, accept_encoding="gzip")

    assert answer.header("content-encoding") is None
    assert answer.header("vary") is None


def test_lambda_carries_compressed_answers_as_base64(app: Any) -> None:
    headers = {"host": "localhost", "accept-encoding": "gzip"}
    event = http_event("GET", "/own", headers, {}, "", "127.0.0.1")

    answer = lambda_handler(app)(event, None)

    assert answer["isBase64Encoded"] is True
    assert LONG.encode() in gzip.decompress(base64.b64decode(answer["body"]))
