"""Account pages in a browser: register, confirm, log in, second factor, reset, close."""

import base64
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from auth.domain.totp import code_at
from tests.e2e.api_users import PASSWORD, Mailbox, new_address, register_user
from tests.e2e.browser import ALL_MODES, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
MODES = pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
type OpenBrowser = Callable[[DisplayMode], BrowserUser]


@MODES
def test_registration_pages_end_on_the_profile_page(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    reader, email = new_user(mode), new_address("reader")
    reader.open("/register")
    reader.check_page("register", "Create an account")
    reader.press_button("Create account")
    reader.check_page("register refused")
    expect(reader.page.get_by_role("alert")).to_contain_text("E-mail: Fill this in.")
    if mode.scripts:
        expect(reader.page.get_by_role("alert")).to_be_focused()

    reader.field("Independent provider").check()
    reader.field("E-mail").fill(email)
    reader.field("Password").fill(PASSWORD)
    reader.field("I am 18 or older").check()
    reader.press_button("Create account")
    reader.check_page("check your mail", "Check your e-mail")

    link = Mailbox(cloud_process.url).wait_for_link(email, "/verify/")
    reader.open(urlsplit(link).path)
    reader.check_page("confirm the address", "Confirm your address")
    reader.press_button("Confirm the address")
    reader.check_page("address confirmed", "Your address is confirmed")
    reader.follow_link("Sign in")
    reader.check_page("sign in", "Sign in")
    reader.sign_in(email, "not the password")
    reader.check_page("sign in refused")
    expect(reader.page.get_by_role("alert")).to_contain_text("password is wrong")
    reader.sign_in(email, PASSWORD)
    expect(reader.page).to_have_url(f"{cloud_process.url}/profile")

    reader.open(urlsplit(link).path)
    reader.press_button("Confirm the address")
    reader.check_page("confirm with a used link", "Confirm your address")


def test_account_pages_save_enrol_and_close(
    new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    person, reader = register_user(cloud_process.url, "client"), new_user(ALL_MODES)
    reader.open("/account")
    expect(reader.page).to_have_url(f"{cloud_process.url}/login?next=%2Faccount")
    reader.sign_in(person.email, PASSWORD)
    reader.check_page("account", "Your account")
    reader.field("Display name").fill("Ada of the long river")
    reader.field("Phone").fill("12")
    reader.press_button("Save details")
    reader.check_page("account refused")
    reader.field("Phone").fill("")
    reader.press_button("Save details")
    reader.check_page("account saved")
    expect(reader.page.get_by_text("Your details are saved.")).to_be_visible()
    expect(reader.page.locator(".account-chip")).to_contain_text("Ada of the long river")

    reader.open("/account/security")
    reader.check_page("security", "Security")
    recovery_code = _enrol_second_factor(reader)
    reader.page.locator(".account-chip").get_by_role("button").click()
    reader.open("/login")
    reader.sign_in(person.email, PASSWORD)
    reader.check_page("second step", "Two-step sign-in")
    reader.field("Code").fill("000000")
    reader.press_button("Sign in")
    reader.check_page("second step refused")
    reader.field("Code").fill(recovery_code)
    reader.press_button("Sign in")
    expect(reader.page).to_have_url(f"{cloud_process.url}/")

    reader.open("/account/security")
    reader.check_page("security with two steps", "Security")
    reader.open("/account/close")
    reader.check_page("close", "Close the account")
    reader.field("Current password").fill(PASSWORD)
    reader.field("Type the word close").fill("close")
    reader.press_button("Close the account")
    reader.check_page("closed", "Your account is closed")
    assert person.call("GET", "/users/profile").status_code == 401


def _enrol_second_factor(reader: BrowserUser) -> str:
    """Turn two-step sign-in on; return a recovery code."""
    card = reader.page.locator("form[action='/account/two-step']")
    card.get_by_label("Current password").fill(PASSWORD)
    card.get_by_role("button").click()
    reader.check_page("enrolment", "two-step")
    secret = reader.page.locator("code").first.inner_text()
    reader.field("Code").fill("123456")
    reader.press_button("Turn on")
    reader.check_page("enrolment refused")
    reader.field("Code").fill(_current_code(secret))
    reader.press_button("Turn on")
    reader.check_page("recovery codes", "recovery codes")
    return reader.page.get_by_role("main").get_by_role("listitem").first.inner_text()


def _current_code(secret: str) -> str:
    """Return the current code of an authenticator app."""
    padded = secret + "=" * (-len(secret) % 8)
    return code_at(base64.b32decode(padded), int(time.time()) // 30)


@MODES
def test_reset_pages_change_the_password(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    person, reader = register_user(cloud_process.url, "client"), new_user(mode)
    reader.open("/login")
    reader.follow_link("Forgot your password?")
    reader.check_page("reset", "Reset the password")
    reader.field("E-mail").fill(person.email)
    reader.press_button("Send link")
    reader.check_page("reset sent", "Check your e-mail")

    link = urlsplit(Mailbox(cloud_process.url).wait_for_link(person.email, "/reset/")).path
    reader.open(link)
    reader.check_page("new password", "Choose a new password")
    reader.field("New password").fill("short")
    reader.press_button("Change the password")
    reader.check_page("new password refused")
    reader.field("New password").fill("nine grey herons, one heron blue")
    reader.press_button("Change the password")
    reader.check_page("password changed", "Your password is changed")
    reader.follow_link("Sign in")
    reader.sign_in(person.email, "nine grey herons, one heron blue")
    expect(reader.page).to_have_url(f"{cloud_process.url}/")
    reader.open(link, status=409)
    reader.check_page("reset with a used link", "Reset the password")


@MODES
def test_error_pages_not_found_and_forbidden(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    person, reader = register_user(cloud_process.url, "client"), new_user(mode)
    reader.open("/account/nothing/here", status=404)
    reader.check_page("nothing here", "There is nothing here")
    reader.open("/nobody-of-this-name", status=404)
    reader.check_page("no such profile", "There is nothing here")
    reader.open("/login")
    reader.sign_in(person.email, PASSWORD)
    reader.open("/profile", status=403)
    reader.check_page("not open", "This is not open to you")
    expect(reader.page).to_have_url(f"{cloud_process.url}/profile")
