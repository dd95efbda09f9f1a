"""Account pages in a browser: register, confirm, log in, second factor, reset, close."""

import base64
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from auth.domain.totp import code_at
from tests.e2e.browser import EVERY, PLAIN, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import PASSWORD, Mailbox, new_address, registered

pytestmark = pytest.mark.slow
LOOKS = pytest.mark.parametrize("look", [EVERY, PLAIN], ids=lambda look: look.name)
type Seat = Callable[[Look], Reader]


@LOOKS
def test_registration_pages_end_on_the_profile_page(
    look: Look, read: Seat, cloud_process: CloudProcess
) -> None:
    reader, email = read(look), new_address("reader")
    reader.go("/register")
    reader.see("register", "Create an account")
    reader.press("Create account")
    reader.see("register refused")
    expect(reader.page.get_by_role("alert")).to_contain_text("E-mail: Fill this in.")
    if look.scripts:
        expect(reader.page.get_by_role("alert")).to_be_focused()

    reader.field("Independent provider").check()
    reader.field("E-mail").fill(email)
    reader.field("Password").fill(PASSWORD)
    reader.field("I am 18 or older").check()
    reader.press("Create account")
    reader.see("check your mail", "Check your e-mail")

    link = Mailbox(cloud_process.url).link(email, "/verify/")
    reader.go(urlsplit(link).path)
    reader.see("confirm the address", "Confirm your address")
    reader.press("Confirm the address")
    reader.see("address confirmed", "Your address is confirmed")
    reader.follow("Sign in")
    reader.see("sign in", "Sign in")
    reader.sign_in(email, "not the password")
    reader.see("sign in refused")
    expect(reader.page.get_by_role("alert")).to_contain_text("password is wrong")
    reader.sign_in(email, PASSWORD)
    expect(reader.page).to_have_url(f"{cloud_process.url}/profile")

    reader.go(urlsplit(link).path)
    reader.press("Confirm the address")
    reader.see("confirm with a used link", "Confirm your address")


def test_account_pages_save_enrol_and_close(read: Seat, cloud_process: CloudProcess) -> None:
    person, reader = registered(cloud_process.url, "client"), read(EVERY)
    reader.go("/account")
    expect(reader.page).to_have_url(f"{cloud_process.url}/login?next=%2Faccount")
    reader.sign_in(person.email, PASSWORD)
    reader.see("account", "Your account")
    reader.field("Display name").fill("Ada of the long river")
    reader.field("Phone").fill("12")
    reader.press("Save details")
    reader.see("account refused")
    reader.field("Phone").fill("")
    reader.press("Save details")
    reader.see("account saved")
    expect(reader.page.get_by_text("Your details are saved.")).to_be_visible()
    expect(reader.page.locator(".account-chip")).to_contain_text("Ada of the long river")

    reader.go("/account/security")
    reader.see("security", "Security")
    recovery_code = _enrol_second_factor(reader)
    reader.page.locator(".account-chip").get_by_role("button").click()
    reader.go("/login")
    reader.sign_in(person.email, PASSWORD)
    reader.see("second step", "Two-step sign-in")
    reader.field("Code").fill("000000")
    reader.press("Sign in")
    reader.see("second step refused")
    reader.field("Code").fill(recovery_code)
    reader.press("Sign in")
    expect(reader.page).to_have_url(f"{cloud_process.url}/")

    reader.go("/account/security")
    reader.see("security with two steps", "Security")
    reader.go("/account/close")
    reader.see("close", "Close the account")
    reader.field("Current password").fill(PASSWORD)
    reader.field("Type the word close").fill("close")
    reader.press("Close the account")
    reader.see("closed", "Your account is closed")
    assert person.call("GET", "/users/profile").status_code == 401


def _enrol_second_factor(reader: Reader) -> str:
    """Turn two-step sign-in on; return a recovery code."""
    card = reader.page.locator("form[action='/account/two-step']")
    card.get_by_label("Current password").fill(PASSWORD)
    card.get_by_role("button").click()
    reader.see("enrolment", "two-step")
    secret = reader.page.locator("code").first.inner_text()
    reader.field("Code").fill("123456")
    reader.press("Turn on")
    reader.see("enrolment refused")
    reader.field("Code").fill(_current_code(secret))
    reader.press("Turn on")
    reader.see("recovery codes", "recovery codes")
    return reader.page.get_by_role("main").get_by_role("listitem").first.inner_text()


def _current_code(secret: str) -> str:
    """Return the current code of an authenticator app."""
    padded = secret + "=" * (-len(secret) % 8)
    return code_at(base64.b32decode(padded), int(time.time()) // 30)


@LOOKS
def test_reset_pages_change_the_password(
    look: Look, read: Seat, cloud_process: CloudProcess
) -> None:
    person, reader = registered(cloud_process.url, "client"), read(look)
    reader.go("/login")
    reader.follow("Forgot your password?")
    reader.see("reset", "Reset the password")
    reader.field("E-mail").fill(person.email)
    reader.press("Send link")
    reader.see("reset sent", "Check your e-mail")

    link = urlsplit(Mailbox(cloud_process.url).link(person.email, "/reset/")).path
    reader.go(link)
    reader.see("new password", "Choose a new password")
    reader.field("New password").fill("short")
    reader.press("Change the password")
    reader.see("new password refused")
    reader.field("New password").fill("nine grey herons, one heron blue")
    reader.press("Change the password")
    reader.see("password changed", "Your password is changed")
    reader.follow("Sign in")
    reader.sign_in(person.email, "nine grey herons, one heron blue")
    expect(reader.page).to_have_url(f"{cloud_process.url}/")
    reader.go(link, status=409)
    reader.see("reset with a used link", "Reset the password")


@LOOKS
def test_error_pages_not_found_and_forbidden(
    look: Look, read: Seat, cloud_process: CloudProcess
) -> None:
    person, reader = registered(cloud_process.url, "client"), read(look)
    reader.go("/account/nothing/here", status=404)
    reader.see("nothing here", "There is nothing here")
    reader.go("/nobody-of-this-name", status=404)
    reader.see("no such profile")
    reader.go("/login")
    reader.sign_in(person.email, PASSWORD)
    reader.go("/profile", status=403)
    reader.see("not open", "This is not open to you")
