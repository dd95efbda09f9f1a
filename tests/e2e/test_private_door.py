"""The door of a private room in a browser: it looks alike everywhere, and its cookie stays behind it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import PASSWORD, ApiUser, register_user
from tests.e2e.browser import ALL_MODES, LIGHT, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess
from tests.e2e.test_provider_room import Owner, Seat, owner

__all__ = ["owner"]

pytestmark = pytest.mark.slow
COOKIE = "__Secure-crm"


def room(owner: Owner) -> str:
    return owner.room.replace("/admin", "/crm")


def inside(reader: BrowserUser, owner: Owner) -> dict[str, object]:
    """Sign in at the door; return the cookie that the browser was given."""
    reader.open(f"{room(owner)}/login")
    reader.sign_in(owner.account.email, PASSWORD)
    expect(reader.page).to_have_url(re.compile(rf"{room(owner)}(/|$)(?!login)"))
    return next(dict(one) for one in reader.page.context.cookies() if one.get("name") == COOKIE)


@pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_the_door_is_looked_at(mode: DisplayMode, new_user: Seat, owner: Owner) -> None:
    reader = new_user(mode)
    reader.open(f"{room(owner)}/login")
    reader.check_page("private door", "^Sign in$")
    assert reader.page.title() == "Sign in"
    here = reader.page.get_by_role("main").inner_text()
    reader.open("/nobody-at-all/crm/login")
    assert reader.page.get_by_role("main").inner_text() == here

    reader.open(f"{room(owner)}/login")
    reader.sign_in(owner.account.email, "not the right one")
    reader.check_page("private door refused", "^Sign in$")
    expect(reader.page.get_by_role("alert")).to_contain_text("is not right")


def test_its_cookie_stays_behind_it(new_user: Seat, owner: Owner) -> None:
    reader = new_user(LIGHT)

    cookie = inside(reader, owner)

    assert cookie["path"] == room(owner)
    assert (cookie["sameSite"], cookie["httpOnly"], cookie["secure"]) == ("Strict", True, True)
    # No other room and no page of the site is open by it.
    reader.open(owner.room)
    reader.check_page("own room asks", "Your own room")
    reader.open("/account")
    reader.check_page("account asks", "Sign in")


def test_used_from_another_network_it_ends_and_says_so(
    new_user: Seat, owner: Owner, cloud_process: CloudProcess
) -> None:
    reader = new_user(LIGHT)
    cookie = inside(reader, owner)
    thief = ApiUser(cloud_process.url)
    address = f"/api/v1/crm/{room(owner).split('/')[1]}/session"

    answer = thief.client.get(address, headers={"cookie": f"{COOKIE}={cookie['value']}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "network-changed")
    reader.open(f"{room(owner)}/login")
    reader.check_page("network changed", "^Sign in$")
    expect(reader.page.get_by_text("Your network changed")).to_be_visible()
    reader.page.get_by_label("I am on the move").check()
    reader.sign_in(owner.account.email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{room(owner)}$"))
    fresh = next(one for one in reader.page.context.cookies() if one.get("name") == COOKIE)
    headers = {"cookie": f"{COOKIE}={fresh.get('value')}"}
    assert thief.client.get(address, headers=headers).status_code == 200


def test_a_program_signs_in_by_the_address(cloud_process: CloudProcess, owner: Owner) -> None:
    program, other = ApiUser(cloud_process.url), register_user(cloud_process.url, "escort")
    slug = room(owner).split("/")[1]

    program.store_tokens(program.post(f"/crm/{slug}/session", {"password": PASSWORD}))

    (session,) = program.get(f"/crm/{slug}/session")["items"]
    assert session["current"] is True
    assert other.call("GET", f"/crm/{slug}/session").status_code == 401
    program.store_tokens(program.post("/auth/refresh", {"refreshToken": program.refresh_token}))
    assert program.call("DELETE", f"/crm/{slug}/session").status_code == 204
    assert program.call("GET", f"/crm/{slug}/session").status_code == 401
