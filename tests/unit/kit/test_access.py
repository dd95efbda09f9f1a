"""Access rules: permissions, audiences, tokens, cookies and networks."""

from typing import Annotated, Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI

from kit.auth import Audience, Principal, access, optional_session, public, requires, tokens
from kit.errors import Unauthenticated
from kit.http import create_app
from tests.fakes.sessions import FakeSessions
from tests.fixtures.asgi import Reply, call

PERMISSIONS = {"client": {"read:x"}, "escort": {"write:x", "read:y"}, "admin": {"staff:x"}}
BOTH = (Audience.SITE, Audience.ADMIN)
COOKIES = {"site": "__Host-sid", "admin": "__Host-adm", "crm": "__Secure-crm"}

router = APIRouter()
type PrincipalJson = dict[str, str] | None


def principal_json(principal: Principal | None) -> PrincipalJson:
    if principal is None:
        return None
    return {"user": str(principal.user_id), "role": principal.role, "audience": principal.audience}


@router.get("/public", dependencies=[public()])
async def open_to_all() -> PrincipalJson:
    return None


@router.get("/x")
@router.get("/api/v1/x")
async def site(principal: Annotated[Principal, requires("read:x")]) -> PrincipalJson:
    return principal_json(principal)


@router.post("/x")
async def write(principal: Annotated[Principal, requires("read:x")]) -> PrincipalJson:
    return principal_json(principal)


@router.get("/any-of")
async def any_of(principal: Annotated[Principal, requires("read:x", "read:y")]) -> PrincipalJson:
    return principal_json(principal)


@router.get("/staff")
async def staff(
    principal: Annotated[Principal, requires("staff:x", audience=Audience.ADMIN)],
) -> PrincipalJson:
    return principal_json(principal)


@router.get("/{slug}/admin")
async def dashboard(
    principal: Annotated[
        Principal, requires("write:x", audience=Audience.ADMIN, sign_in_path="/{slug}/admin/login")
    ],
) -> PrincipalJson:
    return principal_json(principal)


@router.get("/both")
async def both(
    principal: Annotated[Principal, requires("read:x", "staff:x", audience=BOTH)],
) -> PrincipalJson:
    return principal_json(principal)


@router.get("/chip")
async def chip(principal: Annotated[Principal | None, optional_session(*BOTH)]) -> PrincipalJson:
    return principal_json(principal)


APP = create_app(title="Tests", routers=[router], permissions=PERMISSIONS)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> FakeSessions:
    store = FakeSessions()
    monkeypatch.setattr(access, "SessionStore", store)
    monkeypatch.setattr(tokens, "verify", verify_fake_token)
    for name in ("SESSIONS_TABLE", "SIGNING_KEY_ARNS"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("ADMIN_IP_ALLOWLIST", raising=False)
    return store


def verify_fake_token(token: str, **_: Any) -> dict[str, str]:
    """Return the claims of a test token, which is the text `aud/sid/sub`."""
    aud, sid, sub = token.split("/") if token.count("/") == 2 else ("", "", "")
    if not aud:
        raise Unauthenticated("token-refused", "Sign in again.")
    return {"aud": aud, "sid": sid, "sub": sub}


def request_with_cookie(path: str, audience: str, credential: str, **options: Any) -> Reply:
    return call(APP, path=path, headers={"cookie": f"{COOKIES[audience]}={credential}"}, **options)


def request_with_token(path: str, token: str, cookie: str = "", scheme: str = "Bearer") -> Reply:
    headers = {"authorization": f"{scheme} {token}"} | ({"cookie": cookie} if cookie else {})
    return call(APP, path=path, headers=headers)


def test_public_route_does_not_read_sessions(sessions: FakeSessions) -> None:
    sessions.unavailable = True

    assert request_with_cookie("/public", "site", "whatever").status == 200


def test_requires_without_session_is_401(sessions: FakeSessions) -> None:
    reply = call(APP, path="/x")

    assert (reply.status, reply.problem["code"]) == (401, "sign-in-needed")


def test_requires_cookie_and_token_are_equivalent(sessions: FakeSessions) -> None:
    session, credential = sessions.add("client", Audience.SITE)
    by_either = [
        request_with_cookie("/x", "site", credential),
        request_with_token("/x", f"site/{session.id}/{session.user_id}"),
        request_with_token("/x", f"site/{session.id}/{session.user_id}", scheme="bearer"),
    ]

    assert [reply.status for reply in by_either] == [200, 200, 200]
    assert {reply.json["user"] for reply in by_either} == {str(session.user_id)}


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("client", "/x", 200),
        ("escort", "/x", 403),
        ("client", "/any-of", 200),
        ("escort", "/any-of", 200),
        ("admin", "/any-of", 403),
        ("nobody-knows-this-role", "/any-of", 403),
    ],
)
def test_requires_one_of_the_permissions(
    sessions: FakeSessions, role: str, path: str, status: int
) -> None:
    _, credential = sessions.add(role, Audience.SITE)

    assert request_with_cookie(path, "site", credential).status == status


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("cookie", list(Audience))
@pytest.mark.parametrize("path", ["/x", "/staff", "/both"])
def test_requires_session_of_another_audience_is_401(
    sessions: FakeSessions, audience: Audience, cookie: Audience, path: str
) -> None:
    """Ensure that a credential is not valid in the cookie of another audience either."""
    role = "admin" if path == "/staff" else "client"
    _, credential = sessions.add(role, audience)
    audiences = {"/x": {"site"}, "/staff": {"admin"}, "/both": {"site", "admin"}}[path]

    reply = request_with_cookie(path, cookie, credential)

    is_valid = audience == cookie and audience.value in audiences
    assert reply.status == (200 if is_valid else 401)


@pytest.mark.parametrize("audience", list(Audience))
def test_requires_token_of_another_audience_is_401(
    sessions: FakeSessions, audience: Audience
) -> None:
    session, _ = sessions.add("client", audience)

    reply = request_with_token("/x", f"{audience.value}/{session.id}/{session.user_id}")

    assert reply.status == (200 if audience is Audience.SITE else 401)


def test_requires_token_with_forged_audience_is_401(sessions: FakeSessions) -> None:
    session, _ = sessions.add("admin", Audience.SITE)

    assert request_with_token("/staff", f"admin/{session.id}/{session.user_id}").status == 401


def test_requires_token_with_forged_user_is_401(sessions: FakeSessions) -> None:
    session, _ = sessions.add("client", Audience.SITE)

    assert request_with_token("/x", f"site/{session.id}/{uuid4()}").status == 401


def test_requires_token_of_an_ended_session_is_401(sessions: FakeSessions) -> None:
    session, _ = sessions.add("client", Audience.SITE)
    sessions.end(session)

    reply = request_with_token("/x", f"site/{session.id}/{session.user_id}")

    assert (reply.status, reply.problem["code"]) == (401, "session-ended")


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token", ""])
def test_requires_invalid_token_ignores_the_cookie(sessions: FakeSessions, scheme: str) -> None:
    _, credential = sessions.add("client", Audience.SITE)

    reply = request_with_token("/x", "nonsense", cookie=f"__Host-sid={credential}", scheme=scheme)

    assert reply.status == 401


def test_requires_two_audiences_uses_the_first_valid_cookie(sessions: FakeSessions) -> None:
    _, good = sessions.add("admin", Audience.ADMIN)
    headers = {"cookie": f"__Host-sid=expired.x; __Host-adm={good}"}

    assert call(APP, path="/both", headers=headers).json["audience"] == "admin"


@pytest.mark.parametrize("credential", ["", ".", "a.b", "x" * 4000, "é", '"', "user#1.x"])
def test_requires_malformed_cookie_is_401(sessions: FakeSessions, credential: str) -> None:
    assert request_with_cookie("/x", "site", credential).status == 401
    assert request_with_cookie("/chip", "site", credential).json is None


def test_optional_session_returns_the_caller_or_none(sessions: FakeSessions) -> None:
    session, credential = sessions.add("escort", Audience.SITE)

    assert call(APP, path="/chip").json is None
    assert request_with_token("/chip", "nonsense").json is None
    assert request_with_cookie("/chip", "site", credential).json["user"] == str(session.user_id)
    sessions.end(session)
    assert request_with_cookie("/chip", "site", credential).json is None


def test_requires_unreachable_session_store_is_503(sessions: FakeSessions) -> None:
    session, credential = sessions.add("client", Audience.SITE)
    sessions.unavailable = True

    assert request_with_cookie("/x", "site", credential).status == 503
    assert request_with_token("/x", f"site/{session.id}/{session.user_id}").status == 503


ALLOWED = "10.0.0.0/8, 192.0.2.7, 2001:db8:1:2::/64, 203.0.113.77/24"


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        ("10.200.3.4", True),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("203.0.113.5", True),  # the entry has host bits set; its network is meant
        ("2001:db8:1:2::99", True),
        ("2001:db8:1:3::99", False),
        ("::ffff:10.1.1.1", True),
        ("", False),
        ("junk", False),
    ],
)
def test_staff_route_allows_only_listed_networks(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch, peer: str, allowed: bool
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", ALLOWED)
    _, credential = sessions.add("admin", Audience.ADMIN)

    reply = request_with_cookie("/staff", "admin", credential, client=(peer, 0))

    assert reply.status == (200 if allowed else 403)
    if not allowed:
        assert reply.problem["code"] == "network-not-allowed"


def test_staff_route_without_list_allows_any_network(sessions: FakeSessions) -> None:
    _, credential = sessions.add("admin", Audience.ADMIN)

    assert request_with_cookie("/staff", "admin", credential, client=("junk", 0)).status == 200


def test_staff_network_does_not_restrict_other_audiences(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, client = sessions.add("client", Audience.SITE)
    _, admin = sessions.add("admin", Audience.ADMIN)

    assert request_with_cookie("/both", "site", client).status == 200
    # A public page is open to staff in another network, but treats them as not signed in.
    assert request_with_cookie("/chip", "admin", admin).json is None
    # A staff cookie does not invalidate a site cookie beside it.
    headers = {"cookie": f"__Host-adm={admin}; __Host-sid={client}"}
    assert call(APP, path="/chip", headers=headers).json["audience"] == "site"


def test_dashboard_session_ignores_staff_network_and_has_no_staff_access(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, owner = sessions.add("escort", Audience.ADMIN)

    assert request_with_cookie("/mira/admin", "admin", owner).status == 200
    assert request_with_cookie("/staff", "admin", owner).problem["code"] == "not-permitted"


@pytest.mark.parametrize("role", ["admin", "client", "agency", "a-role-of-tomorrow"])
def test_admin_session_of_other_roles_is_a_staff_session(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, credential = sessions.add(role, Audience.ADMIN)

    reply = request_with_cookie("/mira/admin", "admin", credential)

    assert (reply.status, reply.problem["code"]) == (403, "network-not-allowed")


BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("slug", "page"),
    [
        ("mira-valen", "/mira-valen/admin/login?next=%2Fmira-valen%2Fadmin"),
        ("\\evil.example", "/%5Cevil.example/admin/login?next=%2F%255Cevil.example%2Fadmin"),
        ("{slug}", "/%7Bslug%7D/admin/login?next=%2F%7Bslug%7D%2Fadmin"),
    ],
)
def test_dashboard_route_redirects_to_its_own_login(
    sessions: FakeSessions, slug: str, page: str
) -> None:
    _, site = sessions.add("escort", Audience.SITE)

    for headers in (BROWSER, BROWSER | {"cookie": f"__Host-sid={site}"}):
        reply = call(APP, path=f"/{slug}/admin", headers=headers)

        assert (reply.status, reply.header("location")) == (303, page)


@pytest.mark.parametrize(("path", "page"), [("/x", "/login"), ("/staff", "/staff/login")])
def test_browser_without_session_is_redirected_to_login_and_back(
    sessions: FakeSessions, path: str, page: str
) -> None:
    reply = call(APP, path=f"{path}?secret=1", headers=BROWSER)

    assert reply.status == 303
    assert reply.header("location") == f"{page}?next=%2F{path[1:]}"


def test_fragment_without_session_redirects_the_whole_page(sessions: FakeSessions) -> None:
    reply = call(APP, path="/x", headers=BROWSER | {"hx-request": "true"})

    assert reply.status == 200
    assert reply.header("hx-redirect") == "/login?next=%2F"
    assert reply.body == b""


@pytest.mark.parametrize(("method", "path"), [("POST", "/x"), ("GET", "/api/v1/x")])
def test_write_and_api_without_session_are_not_redirected(
    sessions: FakeSessions, method: str, path: str
) -> None:
    assert call(APP, method, path, headers=BROWSER).status == 401


def test_forbidden_is_not_redirected_to_login(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.SITE)
    headers = BROWSER | {"cookie": f"__Host-sid={credential}"}

    assert call(APP, path="/x", headers=headers).status == 403


def test_app_without_permissions_forbids_every_caller(sessions: FakeSessions) -> None:
    bare: FastAPI = create_app(title="Tests", routers=[router])
    _, credential = sessions.add("client", Audience.SITE)

    assert call(bare, path="/x", headers={"cookie": f"__Host-sid={credential}"}).status == 403
