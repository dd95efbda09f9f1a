"""A session of the CRM: where a browser signs in to it, and that it stays in the network it began in."""

from typing import Annotated

import pytest
from fastapi import APIRouter

from kit.auth import Audience, Principal, requires, visitor
from kit.auth.network_binding import BOUND_AUDIENCES, is_same_network
from kit.http import create_app
from tests.fakes.sessions import FakeSessions
from tests.fixtures.asgi import Reply, call
from tests.unit.kit.test_access import sessions

__all__ = ["sessions"]

router = APIRouter()
CRM = requires("use:crm", audience=Audience.CRM, sign_in="/{slug}/crm/login")
BROWSER = {"accept": "text/html"}
HOME, HOUSEHOLD, AWAY = "203.0.113.7", "203.0.113.200", "198.51.100.7"
CHANGED = (401, "network-changed")


@router.get("/{slug}/crm")
@router.get("/{slug}/crm/clients/{client_id}")
@router.get("/api/v1/crm/{slug}/clients")
async def private(principal: Annotated[Principal, CRM]) -> str:
    return principal.session_id


@router.get("/other")
async def other(
    principal: Annotated[Principal, requires("use:crm", audience=(Audience.SITE, Audience.ADMIN))],
) -> str:
    return principal.session_id


@router.get("/chip")
async def chip(principal: Annotated[Principal | None, visitor(Audience.CRM)]) -> str | None:
    return principal.session_id if principal else None


APP = create_app(title="Tests", routers=[router], permissions={"escort": {"use:crm"}})
API = "/api/v1/crm/mira/clients"


def by_cookie(credential: str, peer: str, path: str = API, name: str = "__Secure-crm") -> Reply:
    return call(APP, path=path, headers={"cookie": f"{name}={credential}"}, client=(peer, 0))


def by_token(token: str, peer: str) -> Reply:
    return call(APP, path=API, headers={"authorization": f"Bearer {token}"}, client=(peer, 0))


def refusal(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.problem["code"]


@pytest.mark.parametrize(
    ("one", "other_", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.255", True),
        ("203.0.113.255", "203.0.114.0", False),
        ("203.0.113.7", "198.51.100.7", False),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64", True),
        ("2001:db8:1:2::/64", "2001:db8:1:ffff::/64", True),
        ("2001:db8:1:2::/64", "2001:db8:2:2::/64", False),
        ("2001:db8::1", "2001:db8::/64", True),
        # Another family tells nothing: it is another network until somebody says it may change.
        ("203.0.113.7", "2001:db8:1:2::/64", False),
        ("::ffff:203.0.113.7", "203.0.113.7", False),
        # Where an address is missing on one side only, nothing is known.
        ("unknown", "203.0.113.7", False),
        ("203.0.113.7", "unknown", False),
        ("unknown", "unknown", True),
        ("", "203.0.113.7", False),
        ("0.0.0.0/0", "203.0.113.7", False),
    ],
)
def test_one_place(one: str, other_: str, same: bool) -> None:
    assert is_same_network(one, other_) is same
    assert is_same_network(other_, one) is same


def test_the_crm_alone_is_bound() -> None:
    assert {Audience.CRM} == BOUND_AUDIENCES


def test_the_same_place_opens_it_by_cookie_and_by_token(sessions: FakeSessions) -> None:
    session, credential = sessions.add("escort", Audience.CRM, HOME)
    token = f"crm/{session.id}/{session.user_id}"

    assert by_cookie(credential, HOUSEHOLD).json == session.id
    assert by_token(token, HOUSEHOLD).json == session.id


@pytest.mark.parametrize("way", ["cookie", "token"])
def test_another_network_ends_it_for_cookie_and_token(sessions: FakeSessions, way: str) -> None:
    session, credential = sessions.add("escort", Audience.CRM, HOME)
    token = f"crm/{session.id}/{session.user_id}"

    first = by_cookie(credential, AWAY) if way == "cookie" else by_token(token, AWAY)

    assert refusal(first) == CHANGED
    # Also for whoever sits where it began, and says why.
    for reply in (by_cookie(credential, HOME), by_token(token, HOME), by_token(token, AWAY)):
        assert refusal(reply) == CHANGED
    assert sessions.by_secret[credential].moved_to == AWAY


def test_one_that_may_roam_goes_on_and_is_followed(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.CRM, HOME, roams=True)

    for peer in (AWAY, "2001:db8::1", HOME):
        assert by_cookie(credential, peer).status == 200
    assert sessions.by_secret[credential].network == HOME


@pytest.mark.parametrize(
    ("audience", "name"), [(Audience.SITE, "__Host-sid"), (Audience.ADMIN, "__Host-adm")]
)
def test_other_rooms_go_along(sessions: FakeSessions, audience: Audience, name: str) -> None:
    _, credential = sessions.add("escort", audience, HOME)

    assert by_cookie(credential, AWAY, "/other", name).status == 200
    assert sessions.by_secret[credential].moved_to == ""


def test_a_refused_role_is_moved_nowhere_further(sessions: FakeSessions) -> None:
    """The network is looked at before the role: a stolen session says nothing about its owner."""
    _, credential = sessions.add("client", Audience.CRM, HOME)

    assert refusal(by_cookie(credential, HOME)) == (403, "not-permitted")
    assert refusal(by_cookie(credential, AWAY)) == CHANGED


def test_where_anybody_may_look_an_ended_session_is_nobody(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.CRM, HOME)

    assert by_cookie(credential, HOME, "/chip").json is not None
    assert by_cookie(credential, AWAY, "/chip").json is None


@pytest.mark.parametrize("state", ["nobody", "site", "ended", "moved"])
@pytest.mark.parametrize("path", ["/mira/crm", "/mira/crm/clients/7"])
def test_a_browser_is_led_to_the_rooms_door_and_back(
    sessions: FakeSessions, state: str, path: str
) -> None:
    headers, peer = dict(BROWSER), HOME
    audience = Audience.SITE if state == "site" else Audience.CRM
    session, credential = sessions.add("escort", audience, HOME)
    if state != "nobody":
        headers["cookie"] = f"__Secure-crm={credential}"
    if state == "ended":
        sessions.end(session)
    if state == "moved":
        peer = AWAY

    reply = call(APP, path=path, headers=headers, client=(peer, 0))

    back = path.replace("/", "%2F")
    assert (reply.status, reply.header("location")) == (303, f"/mira/crm/login?next={back}")


def test_a_fragment_moves_the_whole_page_to_the_rooms_door(sessions: FakeSessions) -> None:
    reply = call(APP, path="/mira/crm", headers=BROWSER | {"hx-request": "true"})

    assert (reply.status, reply.header("hx-redirect")) == (200, "/mira/crm/login?next=%2F")
