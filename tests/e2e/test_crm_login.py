"""CRM login in a browser: the same page for every slug, and a cookie limited to the CRM."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import PASSWORD, ApiUser, register_user
from tests.e2e.browser import ALL_MODES, LIGHT, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess
from tests.e2e.test_provider_dashboard import OpenBrowser, Owner, owner

__all__ = ["owner"]

pytestmark = pytest.mark.slow
COOKIE = "__Secure-crm"


def crm_path(owner: Owner) -> str:
    return owner.dashboard_path.replace("/admin", "/crm")


def log_in_to_crm(reader: BrowserUser, owner: Owner) -> dict[str, object]:
    """Log in to the CRM; return the session cookie."""
    reader.open(f"{crm_path(owner)}/login")
    reader.sign_in(owner.account.email, PASSWORD)
    expect(reader.page).to_have_url(re.compile(rf"{crm_path(owner)}(/|$)(?!login)"))
    return next(dict(one) for one in reader.page.context.cookies() if one.get("name") == COOKIE)


@pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_crm_login_page_is_accessible_and_neutral(
    mode: DisplayMode, new_user: OpenBrowser, owner: Owner
) -> None:
    reader = new_user(mode)
    reader.open(f"{crm_path(owner)}/login")
    reader.check_page("crm login", "^Sign in$")
    assert reader.page.title() == "Sign in"
    main_text = reader.page.get_by_role("main").inner_text()
    reader.open("/unknown-slug/crm/login")
    assert reader.page.get_by_role("main").inner_text() == main_text

    reader.open(f"{crm_path(owner)}/login")
    reader.sign_in(owner.account.email, "not the right one")
    reader.check_page("crm login refused", "^Sign in$")
    expect(reader.page.get_by_role("alert")).to_contain_text("is wrong")


def test_crm_cookie_is_limited_to_the_crm(new_user: OpenBrowser, owner: Owner) -> None:
    reader = new_user(LIGHT)

    cookie = log_in_to_crm(reader, owner)

    assert cookie["path"] == crm_path(owner)
    assert (cookie["sameSite"], cookie["httpOnly"], cookie["secure"]) == ("Strict", True, True)
    # The cookie is not valid for the dashboard or the site.
    reader.open(owner.dashboard_path)
    reader.check_page("dashboard login required", "Dashboard sign-in")
    reader.open("/account")
    reader.check_page("account login required", "Sign in")


def test_crm_session_other_network_ends_session_with_notice(
    new_user: OpenBrowser, owner: Owner, cloud_process: CloudProcess
) -> None:
    reader = new_user(LIGHT)
    cookie = log_in_to_crm(reader, owner)
    thief = ApiUser(cloud_process.url)
    address = f"/api/v1/crm/{crm_path(owner).split('/')[1]}/session"

    answer = thief.client.get(address, headers={"cookie": f"{COOKIE}={cookie['value']}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "network-changed")
    reader.open(f"{crm_path(owner)}/login")
    reader.check_page("network changed", "^Sign in$")
    expect(reader.page.get_by_text("Your network changed")).to_be_visible()
    reader.page.get_by_label("Stay signed in when my network changes").check()
    reader.sign_in(owner.account.email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{crm_path(owner)}$"))
    fresh = next(one for one in reader.page.context.cookies() if one.get("name") == COOKIE)
    headers = {"cookie": f"{COOKIE}={fresh.get('value')}"}
    assert thief.client.get(address, headers=headers).status_code == 200


def test_crm_api_client_logs_in_by_slug(cloud_process: CloudProcess, owner: Owner) -> None:
    program, other = ApiUser(cloud_process.url), register_user(cloud_process.url, "escort")
    slug = crm_path(owner).split("/")[1]

    program.store_tokens(program.post(f"/crm/{slug}/session", {"password": PASSWORD}))

    (session,) = program.get(f"/crm/{slug}/session")["items"]
    assert session["current"] is True
    assert other.call("GET", f"/crm/{slug}/session").status_code == 401
    program.store_tokens(program.post("/auth/refresh", {"refreshToken": program.refresh_token}))
    assert program.call("DELETE", f"/crm/{slug}/session").status_code == 204
    assert program.call("GET", f"/crm/{slug}/session").status_code == 401
