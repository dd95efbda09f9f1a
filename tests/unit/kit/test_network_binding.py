"""CRM sessions: redirect to their login, and binding to the network in which they began."""

from typing import Annotated

import pytest
from fastapi import APIRouter

from kit.auth import Audience, Principal, optional_session, requires
from kit.auth.network_binding import BOUND_AUDIENCES, is_same_network
from kit.http import create_app
from tests.fakes.sessions import FakeSessions
from tests.fixtures.asgi import Reply, call
from tests.unit.kit.test_access import sessions

__all__ = ["sessions"]

router = APIRouter()
CRM = requires("use:crm", audience=Audience.CRM, sign_in_path="/{slug}/crm/login")
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
async def chip(
    principal: Annotated[Principal | None, optional_session(Audience.CRM)],
) -> str | None:
    return principal.session_id if principal else None


APP = create_app(title="Tests", routers=[router], permissions={"escort": {"use:crm"}})
API = "/api/v1/crm/mira/clients"


def request_with_cookie(
    credential: str, peer: str, path: str = API, name: str = "__Secure-crm"
) -> Reply:
    return call(APP, path=path, headers={"cookie": f"{name}={credential}"}, client=(peer, 0))


def request_with_token(token: str, peer: str) -> Reply:
    return call(APP, path=API, headers={"authorization": f"Bearer {token}"}, client=(peer, 0))


def status_and_code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.problem["code"]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.255", True),
        ("203.0.113.255", "203.0.114.0", False),
        ("203.0.113.7", "198.51.100.7", False),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64", True),
        ("2001:db8:1:2::/64", "2001:db8:1:ffff::/64", True),
        ("2001:db8:1:2::/64", "2001:db8:2:2::/64", False),
        ("2001:db8::1", "2001:db8::/64", True),
        # Addresses of different families cannot be compared, so they count as different networks.
        ("203.0.113.7", "2001:db8:1:2::/64", False),
        ("::ffff:203.0.113.7", "203.0.113.7", False),
        # An unknown address is different from every known one.
        ("unknown", "203.0.113.7", False),
        ("203.0.113.7", "unknown", False),
        ("unknown", "unknown", True),
        ("", "203.0.113.7", False),
        ("0.0.0.0/0", "203.0.113.7", False),
    ],
)
def test_is_same_network_compares_prefixes(first: str, second: str, same: bool) -> None:
    assert is_same_network(first, second) is same
    assert is_same_network(second, first) is same


def test_bound_audiences_are_the_crm_only() -> None:
    assert {Audience.CRM} == BOUND_AUDIENCES


def test_crm_session_same_network_is_accepted(sessions: FakeSessions) -> None:
    session, credential = sessions.add("escort", Audience.CRM, HOME)
    token = f"crm/{session.id}/{session.user_id}"

    assert request_with_cookie(credential, HOUSEHOLD).json == session.id
    assert request_with_token(token, HOUSEHOLD).json == session.id


@pytest.mark.parametrize("credential_type", ["cookie", "token"])
def test_crm_session_other_network_ends_it_for_cookie_and_token(
    sessions: FakeSessions, credential_type: str
) -> None:
    session, credential = sessions.add("escort", Audience.CRM, HOME)
    token = f"crm/{session.id}/{session.user_id}"

    first = (
        request_with_cookie(credential, AWAY)
        if credential_type == "cookie"
        else request_with_token(token, AWAY)
    )

    assert status_and_code(first) == CHANGED
    # The session has ended in the first network too, and the error tells the reason.
    for reply in (
        request_with_cookie(credential, HOME),
        request_with_token(token, HOME),
        request_with_token(token, AWAY),
    ):
        assert status_and_code(reply) == CHANGED
    assert sessions.by_secret[credential].network_changed_to == AWAY


def test_crm_session_network_change_allowed_updates_the_network(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.CRM, HOME, network_change_allowed=True)

    for peer in (AWAY, "2001:db8::1", HOME):
        assert request_with_cookie(credential, peer).status == 200
    assert sessions.by_secret[credential].network == HOME


@pytest.mark.parametrize(
    ("audience", "name"), [(Audience.SITE, "__Host-sid"), (Audience.ADMIN, "__Host-adm")]
)
def test_other_audiences_are_not_bound_to_a_network(
    sessions: FakeSessions, audience: Audience, name: str
) -> None:
    _, credential = sessions.add("escort", audience, HOME)

    assert request_with_cookie(credential, AWAY, "/other", name).status == 200
    assert sessions.by_secret[credential].network_changed_to == ""


def test_crm_session_network_is_checked_before_the_role(sessions: FakeSessions) -> None:
    """Ensure that a stolen session does not reveal its owner's role: the network is checked first."""
    _, credential = sessions.add("client", Audience.CRM, HOME)

    assert status_and_code(request_with_cookie(credential, HOME)) == (403, "not-permitted")
    assert status_and_code(request_with_cookie(credential, AWAY)) == CHANGED


def test_optional_session_ended_by_network_change_is_none(sessions: FakeSessions) -> None:
    _, credential = sessions.add("escort", Audience.CRM, HOME)

    assert request_with_cookie(credential, HOME, "/chip").json is not None
    assert request_with_cookie(credential, AWAY, "/chip").json is None


@pytest.mark.parametrize("state", ["no session", "site", "ended", "network changed"])
@pytest.mark.parametrize("path", ["/mira/crm", "/mira/crm/clients/7"])
def test_crm_browser_without_session_is_redirected_to_login_and_back(
    sessions: FakeSessions, state: str, path: str
) -> None:
    headers, peer = dict(BROWSER), HOME
    audience = Audience.SITE if state == "site" else Audience.CRM
    session, credential = sessions.add("escort", audience, HOME)
    if state != "no session":
        headers["cookie"] = f"__Secure-crm={credential}"
    if state == "ended":
        sessions.end(session)
    if state == "network changed":
        peer = AWAY

    reply = call(APP, path=path, headers=headers, client=(peer, 0))

    back = path.replace("/", "%2F")
    assert (reply.status, reply.header("location")) == (303, f"/mira/crm/login?next={back}")


def test_crm_fragment_without_session_redirects_the_whole_page(sessions: FakeSessions) -> None:
    reply = call(APP, path="/mira/crm", headers=BROWSER | {"hx-request": "true"})

    assert (reply.status, reply.header("hx-redirect")) == (200, "/mira/crm/login?next=%2F")
