"""Access rules: who gets through, with what, from where."""

from typing import Annotated, Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI

from kit.auth import Audience, Principal, access, public, requires, tokens, visitor
from kit.errors import Unauthenticated
from kit.http import create_app
from tests.fakes.sessions import FakeSessions
from tests.fixtures.asgi import Reply, call

PERMISSIONS = {"client": {"read:x"}, "escort": {"write:x", "read:y"}, "admin": {"staff:x"}}
BOTH = (Audience.SITE, Audience.ADMIN)
COOKIES = {"site": "__Host-sid", "admin": "__Host-adm", "crm": "__Secure-crm"}

router = APIRouter()
type Shown = dict[str, str] | None


def shown(principal: Principal | None) -> Shown:
    if principal is None:
        return None
    return {"user": str(principal.user_id), "role": principal.role, "room": principal.audience}


@router.get("/public", dependencies=[public()])
async def open_to_all() -> Shown:
    return None


@router.get("/x")
@router.get("/api/v1/x")
async def site(principal: Annotated[Principal, requires("read:x")]) -> Shown:
    return shown(principal)


@router.post("/x")
async def write(principal: Annotated[Principal, requires("read:x")]) -> Shown:
    return shown(principal)


@router.get("/any-of")
async def any_of(principal: Annotated[Principal, requires("read:x", "read:y")]) -> Shown:
    return shown(principal)


@router.get("/staff")
async def staff(
    principal: Annotated[Principal, requires("staff:x", audience=Audience.ADMIN)],
) -> Shown:
    return shown(principal)


@router.get("/{slug}/room")
async def own_room(
    principal: Annotated[
        Principal, requires("write:x", audience=Audience.ADMIN, sign_in="/{slug}/room/login")
    ],
) -> Shown:
    return shown(principal)


@router.get("/both")
async def both(
    principal: Annotated[Principal, requires("read:x", "staff:x", audience=BOTH)],
) -> Shown:
    return shown(principal)


@router.get("/chip")
async def chip(principal: Annotated[Principal | None, visitor(*BOTH)]) -> Shown:
    return shown(principal)


APP = create_app(title="Tests", routers=[router], permissions=PERMISSIONS)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> FakeSessions:
    store = FakeSessions()
    monkeypatch.setattr(access, "SessionStore", store)
    monkeypatch.setattr(tokens, "verify", verified)
    for name in ("SESSIONS_TABLE", "SIGNING_KEY_ARNS"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("ADMIN_IP_ALLOWLIST", raising=False)
    return store


def verified(token: str, **_: Any) -> dict[str, str]:
    """Tokens of these tests are their claims in words: `aud sid sub`."""
    aud, sid, sub = token.split("/") if token.count("/") == 2 else ("", "", "")
    if not aud:
        raise Unauthenticated("token-refused", "Sign in again.")
    return {"aud": aud, "sid": sid, "sub": sub}


def by_cookie(path: str, room: str, credential: str, **options: Any) -> Reply:
    return call(APP, path=path, headers={"cookie": f"{COOKIES[room]}={credential}"}, **options)


def by_token(path: str, token: str, cookie: str = "", scheme: str = "Bearer") -> Reply:
    headers = {"authorization": f"{scheme} {token}"} | ({"cookie": cookie} if cookie else {})
    return call(APP, path=path, headers=headers)


def test_a_public_route_asks_nobody(sessions: FakeSessions) -> None:
    sessions.unavailable = True

    assert by_cookie("/public", "site", "whatever").status == 200


def test_without_a_session_it_is_401(sessions: FakeSessions) -> None:
    reply = call(APP, path="/x")

    assert (reply.status, reply.problem["code"]) == (401, "sign-in-needed")


def test_a_cookie_and_a_token_open_the_same(sessions: FakeSessions) -> None:
    session, credential = sessions.add("client", Audience.SITE)
    by_either = [
        by_cookie("/x", "site", credential),
        by_token("/x", f"site/{session.id}/{session.user_id}"),
        by_token("/x", f"site/{session.id}/{session.user_id}", scheme="bearer"),
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
def test_one_of_the_permissions_is_needed(
    sessions: FakeSessions, role: str, path: str, status: int
) -> None:
    _, credential = sessions.add(role, Audience.SITE)

    assert by_cookie(path, "site", credential).status == status


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("cookie", list(Audience))
@pytest.mark.parametrize("path", ["/x", "/staff", "/both"])
def test_a_rooms_session_opens_that_room_only(
    sessions: FakeSessions, audience: Audience, cookie: Audience, path: str
) -> None:
    """Nor does a credential move to another room by being put into that room's cookie."""
    role = "admin" if path == "/staff" else "client"
    _, credential = sessions.add(role, audience)
    rooms = {"/x": {"site"}, "/staff": {"admin"}, "/both": {"site", "admin"}}[path]

    reply = by_cookie(path, cookie, credential)

    opens = audience == cookie and audience.value in rooms
    assert reply.status == (200 if opens else 401)


@pytest.mark.parametrize("audience", list(Audience))
def test_a_token_of_another_room_is_refused(sessions: FakeSessions, audience: Audience) -> None:
    session, _ = sessions.add("client", audience)

    reply = by_token("/x", f"{audience.value}/{session.id}/{session.user_id}")

    assert reply.status == (200 if audience is Audience.SITE else 401)


def test_a_token_cannot_claim_another_room_than_its_session(sessions: FakeSessions) -> None:
    session, _ = sessions.add("admin", Audience.SITE)

    assert by_token("/staff", f"admin/{session.id}/{session.user_id}").status == 401


def test_a_token_cannot_claim_another_person(sessions: FakeSessions) -> None:
    session, _ = sessions.add("client", Audience.SITE)

    assert by_token("/x", f"site/{session.id}/{uuid4()}").status == 401


def test_a_good_token_of_an_ended_session_is_refused(sessions: FakeSessions) -> None:
    session, _ = sessions.add("client", Audience.SITE)
    sessions.end(session)

    reply = by_token("/x", f"site/{session.id}/{session.user_id}")

    assert (reply.status, reply.problem["code"]) == (401, "session-ended")


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token", ""])
def test_a_bad_token_never_falls_back_to_a_cookie(sessions: FakeSessions, scheme: str) -> None:
    _, credential = sessions.add("client", Audience.SITE)

    reply = by_token("/x", "nonsense", cookie=f"__Host-sid={credential}", scheme=scheme)

    assert reply.status == 401


def test_both_cookies_at_once_the_first_that_opens_counts(sessions: FakeSessions) -> None:
    _, good = sessions.add("admin", Audience.ADMIN)
    headers = {"cookie": f"__Host-sid=expired.x; __Host-adm={good}"}

    assert call(APP, path="/both", headers=headers).json["room"] == "admin"


@pytest.mark.parametrize("credential", ["", ".", "a.b", "x" * 4000, "é", '"', "user#1.x"])
def test_a_junk_cookie_is_nobody(sessions: FakeSessions, credential: str) -> None:
    assert by_cookie("/x", "site", credential).status == 401
    assert by_cookie("/chip", "site", credential).json is None


def test_a_visitor_is_recognised_or_nobody(sessions: FakeSessions) -> None:
    session, credential = sessions.add("escort", Audience.SITE)

    assert call(APP, path="/chip").json is None
    assert by_token("/chip", "nonsense").json is None
    assert by_cookie("/chip", "site", credential).json["user"] == str(session.user_id)
    sessions.end(session)
    assert by_cookie("/chip", "site", credential).json is None


def test_sessions_out_of_reach_is_503_never_open(sessions: FakeSessions) -> None:
    session, credential = sessions.add("client", Audience.SITE)
    sessions.unavailable = True

    assert by_cookie("/x", "site", credential).status == 503
    assert by_token("/x", f"site/{session.id}/{session.user_id}").status == 503


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
def test_staff_rooms_open_to_their_networks(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch, peer: str, allowed: bool
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", ALLOWED)
    _, credential = sessions.add("admin", Audience.ADMIN)

    reply = by_cookie("/staff", "admin", credential, client=(peer, 0))

    assert reply.status == (200 if allowed else 403)
    if not allowed:
        assert reply.problem["code"] == "network-not-allowed"


def test_without_a_list_any_network_will_do(sessions: FakeSessions) -> None:
    _, credential = sessions.add("admin", Audience.ADMIN)

    assert by_cookie("/staff", "admin", credential, client=("junk", 0)).status == 200


def test_the_staff_network_binds_the_staffs_room_alone(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, client = sessions.add("client", Audience.SITE)
    _, admin = sessions.add("admin", Audience.ADMIN)

    assert by_cookie("/both", "site", client).status == 200
    # A public page is not closed to staff who sit in another network: there they are nobody.
    assert by_cookie("/chip", "admin", admin).json is None
    # A staff cookie beside a visitor's own does not spoil it.
    headers = {"cookie": f"__Host-adm={admin}; __Host-sid={client}"}
    assert call(APP, path="/chip", headers=headers).json["room"] == "site"


def test_a_room_of_ones_own_opens_from_anywhere_and_is_not_the_staffs(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, owner = sessions.add("escort", Audience.ADMIN)

    assert by_cookie("/mira/room", "admin", owner).status == 200
    assert by_cookie("/staff", "admin", owner).problem["code"] == "not-permitted"


@pytest.mark.parametrize("role", ["admin", "client", "agency", "a-role-of-tomorrow"])
def test_everybody_elses_admin_session_is_a_staff_session(
    sessions: FakeSessions, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setenv("ADMIN_IP_ALLOWLIST", "10.0.0.0/8")
    _, credential = sessions.add(role, Audience.ADMIN)

    reply = by_cookie("/mira/room", "admin", credential)

    assert (reply.status, reply.problem["code"]) == (403, "network-not-allowed")


BROWSER = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("slug", "page"),
    [
        ("mira-valen", "/mira-valen/room/login?next=%2Fmira-valen%2Froom"),
        ("\\evil.example", "/%5Cevil.example/room/login?next=%2F%255Cevil.example%2Froom"),
        ("{slug}", "/%7Bslug%7D/room/login?next=%2F%7Bslug%7D%2Froom"),
    ],
)
def test_a_room_has_its_own_sign_in_page(sessions: FakeSessions, slug: str, page: str) -> None:
    _, site = sessions.add("escort", Audience.SITE)

    for headers in (BROWSER, BROWSER | {"cookie": f"__Host-sid={site}"}):
        reply = call(APP, path=f"/{slug}/room", headers=headers)

        assert (reply.status, reply.header("location")) == (303, page)


@pytest.mark.parametrize(("path", "page"), [("/x", "/login"), ("/staff", "/staff/login")])
def test_a_browser_is_sent_to_sign_in_and_back(
    sessions: FakeSessions, path: str, page: str
) -> None:
    reply = call(APP, path=f"{path}?secret=1", headers=BROWSER)

    assert reply.status == 303
    assert reply.header("location") == f"{page}?next=%2F{path[1:]}"


def test_a_fragment_is_told_to_move_the_whole_page(sessions: FakeSessions) -> None:
    reply = call(APP, path="/x", headers=BROWSER | {"hx-request": "true"})

    assert reply.status == 200
    assert reply.header("hx-redirect") == "/login?next=%2F"
    assert reply.body == b""


@pytest.mark.parametrize(("method", "path"), [("POST", "/x"), ("GET", "/api/v1/x")])
def test_a_write_or_the_api_is_not_redirected(
    sessions: FakeSessions, method: str, path: str
) -> None:
    assert call(APP, method, path, headers=BROWSER).status == 401


def test_forbidden_is_not_sent_to_sign_in(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.SITE)
    headers = BROWSER | {"cookie": f"__Host-sid={credential}"}

    assert call(APP, path="/x", headers=headers).status == 403


def test_an_application_without_permissions_lets_nobody_in(sessions: FakeSessions) -> None:
    bare: FastAPI = create_app(title="Tests", routers=[router])
    _, credential = sessions.add("client", Audience.SITE)

    assert call(bare, path="/x", headers={"cookie": f"__Host-sid={credential}"}).status == 403
