"""Unit tests of the middleware: CSRF, CORS, body size, headers, the client's network."""

import ipaddress

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from hypothesis import given
from hypothesis import strategies as st

from kit.auth import public
from kit.http import client_ip, create_app
from tests.fixtures.asgi import call

OURS = "https://hellomahi.test"
FRIEND = "https://app.hellomahi.test"
SID = "__Host-sid=abc.def"

router = APIRouter()


@router.get("/ip", dependencies=[public()])
async def ip(request: Request) -> str:
    return client_ip(request)


@router.post("/size", dependencies=[public()])
async def size(request: Request) -> int:
    return len(await request.body())


@router.api_route(
    "/write",
    methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
    dependencies=[public()],
)
async def write() -> str:
    return "done"


@router.get("/cached", dependencies=[public()])
async def cached() -> HTMLResponse:
    headers = {"cache-control": "public, max-age=60", "content-security-policy": "default-src *"}
    return HTMLResponse("", headers=headers)


APP = create_app(title="Tests", routers=[router], max_body=1000)


@pytest.fixture
def app() -> FastAPI:
    return APP


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setenv("CORS_ORIGINS", FRIEND)
    return create_app(title="Tests", routers=[router])


# site (Sec-Fetch-Site), origin, cookie -> may it write?
WRITES = [
    (None, None, None, True),  # not a browser, no session to abuse
    (None, None, SID, False),  # an old browser without an origin
    (None, None, "theme=dark", True),
    (None, OURS, None, True),
    (None, OURS, SID, True),
    (None, "https://evil.example", None, False),
    (None, "https://evil.example", SID, False),
    (None, "null", SID, False),
    (None, "null", None, False),
    (None, "", None, False),
    (None, OURS + "/", SID, False),
    (None, OURS + ".evil.example", SID, False),
    (None, "http://hellomahi.test", SID, False),
    ("same-origin", None, SID, True),
    ("same-origin", OURS, SID, True),
    ("same-origin", OURS, None, True),
    ("none", None, SID, True),
    ("same-site", OURS, SID, False),
    ("same-site", None, None, False),
    ("cross-site", None, None, False),
    ("cross-site", None, SID, False),
    ("cross-site", OURS, SID, False),
    ("cross-site", "https://evil.example", SID, False),
    ("", None, SID, False),
    ("Same-Origin", None, SID, False),
    ("same-origin, cross-site", None, SID, False),
    ("cross-site", FRIEND, None, False),  # not trusted unless CORS_ORIGINS says so
]


def write_headers(site: str | None, origin: str | None, cookie: str | None) -> dict[str, str]:
    sent = {"sec-fetch-site": site, "origin": origin, "cookie": cookie}
    return {name: value for name, value in sent.items() if value is not None}


@pytest.mark.parametrize(("site", "origin", "cookie", "allowed"), WRITES)
def test_csrf_write_depends_on_origin_and_cookie(
    app: FastAPI, site: str | None, origin: str | None, cookie: str | None, allowed: bool
) -> None:
    reply = call(app, "POST", "/write", headers=write_headers(site, origin, cookie))

    assert reply.status == (200 if allowed else 403)
    if not allowed:
        assert reply.problem["code"] == "cross-site-request"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_csrf_unsafe_methods_are_checked(app: FastAPI, method: str) -> None:
    headers = write_headers("cross-site", None, SID)

    assert call(app, method, "/write", headers=headers).status == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_csrf_safe_methods_are_not_checked(app: FastAPI, method: str) -> None:
    headers = write_headers("cross-site", "https://evil.example", SID)

    assert call(app, method, "/write", headers=headers).status == 200


@pytest.mark.parametrize("method", ["post", "TRACE", "CONNECT", "MERGE", "get"])
def test_csrf_unknown_method_is_checked(app: FastAPI, method: str) -> None:
    headers = write_headers("cross-site", None, SID)

    assert call(app, method, "/write", headers=headers).status == 403


@pytest.mark.parametrize("name", ["__Host-sid", "__Host-adm", "__Secure-crm"])
@pytest.mark.parametrize("around", ["{}=x", "a=b; {}=x", "{}=", ";;{}=x;;", "{}=x, y"])
def test_csrf_every_session_cookie_counts(app: FastAPI, name: str, around: str) -> None:
    assert call(app, "POST", "/write", headers={"cookie": around.replace("{}", name)}).status == 403


def test_csrf_second_cookie_header_counts(app: FastAPI) -> None:
    headers = [("cookie", "theme=dark"), ("cookie", SID)]

    assert call(app, "POST", "/write", headers=headers).status == 403


@pytest.mark.parametrize(
    ("cookie", "site", "status"),
    [(None, "cross-site", 200), (None, None, 200), (SID, "cross-site", 403), (SID, None, 403)],
)
def test_csrf_trusted_origin_with_cookie_is_refused(
    open_app: FastAPI, cookie: str | None, site: str | None, status: int
) -> None:
    assert call(open_app, "POST", "/write", headers=write_headers(site, FRIEND, cookie)).status == (
        status
    )


def test_cors_allows_trusted_origins_without_credentials(open_app: FastAPI) -> None:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "if-match"}
    friend = call(open_app, "OPTIONS", "/write", headers={"origin": FRIEND, **asks})
    stranger = call(open_app, "OPTIONS", "/write", headers={"origin": "https://x.example", **asks})

    assert friend.header("access-control-allow-origin") == FRIEND
    assert friend.header("access-control-allow-credentials") is None
    assert stranger.header("access-control-allow-origin") is None


def test_cors_headers_are_on_refusals(open_app: FastAPI) -> None:
    reply = call(open_app, "GET", "/nowhere", headers={"origin": FRIEND})

    assert reply.status == 404
    assert reply.header("access-control-allow-origin") == FRIEND


def test_cors_without_configuration_is_off(app: FastAPI) -> None:
    reply = call(app, "GET", "/write", headers={"origin": FRIEND})

    assert not [name for name, _ in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("chunk", [1, 7, 1000, 5000])
@pytest.mark.parametrize(("length", "status"), [(0, 200), (999, 200), (1000, 200), (1001, 413)])
def test_body_over_limit_is_413_in_any_chunking(
    app: FastAPI, chunk: int, length: int, status: int
) -> None:
    reply = call(app, "POST", "/size", body=b"x" * length, chunk=chunk)

    assert reply.status == status
    if status == 200:
        assert reply.json == length
    else:
        assert reply.problem["code"] == "body-too-large"


def test_body_limit_ignores_content_length(app: FastAPI) -> None:
    reply = call(app, "POST", "/size", body=b"x" * 1001, headers={"content-length": "1"})

    assert reply.status == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/ip", 200), ("GET", "/nowhere", 404), ("POST", "/ip", 405), ("POST", "/size", 413)],
)
def test_responses_have_security_headers(app: FastAPI, method: str, path: str, status: int) -> None:
    reply = call(app, method, path, body=b"x" * 2000 if path == "/size" else b"")

    assert reply.status == status
    policy = reply.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert (reply.header("strict-transport-security") or "").startswith("max-age=63072000")
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("referrer-policy") == "same-origin"
    assert reply.header("cross-origin-opener-policy") == "same-origin"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("x-request-id")


def test_route_header_replaces_security_header(app: FastAPI) -> None:
    reply = call(app, path="/cached")

    assert reply.header("cache-control") == "public, max-age=60"
    assert reply.header("content-security-policy") == "default-src *"


def test_request_id_of_caller_is_ignored(app: FastAPI) -> None:
    one = call(app, path="/ip", headers={"x-request-id": "mine"})
    two = call(app, path="/ip", headers={"x-request-id": "mine"})

    assert one.header("x-request-id") != "mine"
    assert one.header("x-request-id") != two.header("x-request-id")


def ip_of(app: FastAPI, viewer: str | None, peer: str | None) -> str:
    headers = {} if viewer is None else {"cloudfront-viewer-address": viewer}
    found: str = call(app, path="/ip", headers=headers, client=(peer, 0) if peer else None).json
    return found


@pytest.mark.parametrize(
    ("viewer", "peer", "expected"),
    [
        (None, "198.51.100.1", "198.51.100.1"),
        ("203.0.113.9:46532", "198.51.100.1", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6:46532", "198.51.100.1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]:46532", "198.51.100.1", "2001:db8:1:2::/64"),
        (None, "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        # An IPv4-mapped IPv6 address is one IPv4 network, not the network of all mapped addresses.
        (None, "::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9:46532", "198.51.100.1", "203.0.113.9"),
        (None, "fe80::1%eth0", "fe80::/64"),
        (None, "", "unknown"),
        (None, None, "unknown"),
        (None, "testclient", "unknown"),
        ("junk:1", "198.51.100.1", "unknown"),
        ("203.0.113.9:1, 203.0.113.10:2", "198.51.100.1", "unknown"),
        ("203.0.113.9", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_client_ip_is_viewer_address_or_source_ip(
    app: FastAPI, viewer: str | None, peer: str | None, expected: str
) -> None:
    assert ip_of(app, viewer, peer) == expected


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "client-ip"]
)
def test_client_ip_ignores_forwarded_for(app: FastAPI, header: str) -> None:
    reply = call(app, path="/ip", headers={header: "192.0.2.1"}, client=("198.51.100.1", 0))

    assert reply.json == "198.51.100.1"


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_client_ip_malformed_address_is_unknown(viewer: str) -> None:
    found = ip_of(APP, viewer, "198.51.100.1")

    assert found == "unknown" or ipaddress.ip_network(found)


@given(st.ip_addresses(v=6))
def test_client_ip_of_ipv6_is_its_64_network(address: ipaddress.IPv6Address) -> None:
    found = ipaddress.ip_network(ip_of(APP, None, str(address)))

    mapped = address.ipv4_mapped
    assert (mapped or address) in found
    assert found.prefixlen == (32 if mapped else 64)
