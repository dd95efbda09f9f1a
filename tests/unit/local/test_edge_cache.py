"""Unit tests of the local edge cache: stored responses, and purges."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.gateway.edge_cache import EdgeCache
from local.gateway.messages import Request, Response
from local.template.assembly import Resource
from local.template.specs import Behaviour

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGES = Behaviour(
    "*",
    Resource("Edge", "Api", "AWS::ApiGatewayV2::Api", {}),
    key_headers=frozenset({"cloudfront-viewer-country"}),
    key_cookies=frozenset({"__Host-age"}),
    max_ttl=3600,
)


class Clock:
    moment = NOW

    def __call__(self) -> datetime:
        return self.moment


def request(path: str = "/mira", query: str = "", **headers: str) -> Request:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request("GET", path, query, pairs, "127.0.0.1", 1)


def page(policy: str = "public, s-maxage=300", **headers: str) -> Response:
    return Response(200, (("cache-control", policy), *headers.items()), b"page")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> EdgeCache:
    return EdgeCache(clock, on=True)


def test_response_is_cached_for_s_maxage(cache: EdgeCache, clock: Clock) -> None:
    cache.store(PAGES, request(), page())

    assert cache.find(PAGES, request()) is not None
    clock.moment = NOW + timedelta(seconds=300)
    assert cache.find(PAGES, request()) is None


@pytest.mark.parametrize("policy", ["no-store", "public, max-age=60", "public, s-maxage=0"])
def test_response_without_s_maxage_is_not_cached(cache: EdgeCache, policy: str) -> None:
    cache.store(PAGES, request(), page(policy))

    assert cache.find(PAGES, request()) is None


def test_cache_off_stores_nothing(clock: Clock) -> None:
    cache = EdgeCache(clock)
    cache.store(PAGES, request(), page())

    assert cache.find(PAGES, request()) is None


@pytest.mark.parametrize(
    "other",
    [
        {"query": "a=1"},
        {"path": "/nora"},
        {"cookie": "__Host-age=18"},
        {"cloudfront_viewer_country": "GB"},
        {"accept_encoding": "gzip"},
    ],
)
def test_cache_key_separates_responses(cache: EdgeCache, other: dict[str, Any]) -> None:
    cache.store(PAGES, request(), page())

    assert cache.find(PAGES, request(**other)) is None
    assert cache.find(PAGES, request(cookie="other=1")) is not None


def test_matching_etag_is_304_from_cache(cache: EdgeCache) -> None:
    cache.store(PAGES, request(), page(etag='W/"1"'))

    answer = cache.find(PAGES, request(if_none_match='W/"1"'))

    assert answer is not None
    assert (answer.status, answer.body) == (304, b"")
    whole = cache.without_condition(PAGES, request("/nora", if_none_match='W/"1"'))
    assert whole.header("if-none-match") == ""


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        (["/mira"], {"/", "/?a=1", "/mira?a=1", "/city/x"}),
        (["/?*"], {"/", "/mira", "/mira?a=1", "/city/x"}),
        (["/mira*", "/city/*"], {"/", "/?a=1"}),
        (["/*"], set()),
    ],
)
def test_purge_removes_named_paths(cache: EdgeCache, paths: list[str], left: set[str]) -> None:
    known = {"/": "", "/?a=1": "a=1", "/mira": "", "/mira?a=1": "a=1", "/city/x": ""}
    for address, query in known.items():
        cache.store(PAGES, request(address.partition("?")[0], query), page())

    cache.purge(paths)

    kept = {
        address
        for address, query in known.items()
        if cache.find(PAGES, request(address.partition("?")[0], query))
    }
    assert kept == left
