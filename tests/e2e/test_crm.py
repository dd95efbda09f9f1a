"""A provider keeps her client book in a browser: sign in, write down, find, lock, unlock."""

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from local.demo.logins import CRM_PATH, PROVIDER
from tests.e2e.api_users import PASSWORD, PATIENCE, ApiUser, past_day
from tests.e2e.browser import ALL_MODES, LIGHT, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.test_provider_dashboard import Owner, Seat, owner

__all__ = ["owner"]

pytestmark = pytest.mark.slow
PASSPHRASE = "violet anchor meadow lantern"
PARTS = {"/clients": "People", "/visits": "Visits", "/tasks": "To do"}


def book(owner: Owner) -> str:
    return owner.room.replace("/admin", "/crm")


def at(reader: BrowserUser, name: str) -> Locator:
    """Return a field by its name: some labels begin alike."""
    return reader.page.locator(f"#field-{name}")


def sign_in(reader: BrowserUser, room: str, email: str) -> None:
    reader.open(f"{room}/login")
    reader.sign_in(email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{room}$"))


@pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_a_week_is_kept(mode: DisplayMode, new_user: Seat, owner: Owner) -> None:
    reader, room = new_user(mode), book(owner)
    sign_in(reader, room, owner.account.email)
    reader.check_page("book empty", "Today")
    for part, heading in PARTS.items():
        reader.open(f"{room}{part}")
        reader.check_page(f"book empty {part}", heading)

    add_somebody(reader, room)
    write_down(reader)
    visit(reader)
    find(reader, room)

    reader.open(f"{room}/tasks")
    reader.page.get_by_role("button", name="Done: Call back").click()
    expect(reader.page.get_by_text("Nothing is waiting for you.")).to_be_visible()
    reader.open(room)
    reader.check_page("book begun", "Today")
    assert reader.page.title() == "Notes"

    reader.press_button("Lock")
    reader.check_page("book left", "Sign in")
    reader.open(room)
    reader.check_page("book asks again", "Sign in")


def add_somebody(reader: BrowserUser, room: str) -> None:
    reader.open(f"{room}/clients/new")
    reader.check_page("book new person", "Add somebody")
    reader.field("Phone numbers 1").fill("030 1234567")
    reader.press_button("Save")
    reader.check_page("book person refused", "Add somebody")
    at(reader, "name").fill("Leo Brandt")
    reader.field("Phone numbers 1").fill("+49 30 1234567")
    reader.press_button("Save")
    reader.check_page("book person", "Leo Brandt")
    reader.page.get_by_role("link", name="Change").click()
    reader.check_page("book change person", "Change an entry")
    at(reader, "notes").fill("Likes tea.")
    reader.press_button("Save")
    expect(reader.page.get_by_text("Likes tea.")).to_be_visible()


def write_down(reader: BrowserUser) -> None:
    reader.page.locator("summary", has_text="Add something to do").click()
    at(reader, "task-title").fill("Call back")
    reader.press_button("Remember it")
    reader.page.locator("summary", has_text="Add a message or a call").click()
    at(reader, "said-text").fill("Asked for Friday.")
    reader.check_page("book person writing", "Leo Brandt")
    reader.press_button("Write it down")
    reader.check_page("book person with a story", "Leo Brandt")


def visit(reader: BrowserUser) -> None:
    reader.page.get_by_role("link", name="Add a visit").click()
    reader.check_page("book new visit", "A visit")
    day = past_day()
    at(reader, "day").fill(day.isoformat())
    at(reader, "at").fill("19:30")
    at(reader, "status").select_option("completed")
    at(reader, "rate").fill("250,50")
    reader.press_button("Save")
    reader.page.get_by_role("link", name="At your place, 1 hour").click()
    reader.check_page("book visit", f"Leo Brandt, {day:%a} {day.day} {day:%b} {day:%Y}, 19:30")
    reader.press_button("Paid, cash")
    expect(reader.page.get_by_text("Payment recorded.")).to_be_visible()
    expect(at(reader, "received")).to_have_value("250.50")


def find(reader: BrowserUser, room: str) -> None:
    reader.open(f"{room}/clients")
    at(reader, "q").fill("+49 30 1234567")
    reader.press_button("Find")
    reader.check_page("book found", "People")
    assert "1234567" not in reader.page.url
    expect(reader.page.get_by_role("rowheader", name="Leo Brandt")).to_be_visible()
    at(reader, "q").fill("nobody")
    reader.press_button("Find")
    reader.check_page("book nobody found", "People")
    expect(reader.page.get_by_text("Nobody like that")).to_be_visible()


def test_a_full_book_is_looked_at(new_user: Seat) -> None:
    reader = new_user(ALL_MODES)
    sign_in(reader, CRM_PATH, PROVIDER.email)
    reader.check_page("demo book", "Today")
    reader.page.locator("summary", has_text="The numbers").click()
    reader.check_page("demo book numbers", "Today")
    for part, heading in PARTS.items():
        reader.open(f"{CRM_PATH}{part}")
        reader.check_page(f"demo book {part}", heading)
    reader.open(f"{CRM_PATH}/clients")
    reader.page.get_by_role("rowheader").first.get_by_role("link").click()
    reader.check_page("demo book person", ".")
    reader.page.get_by_role("link", name="Merge with another").click()
    reader.check_page("demo book merge", "Two entries")
    reader.press_button("DisplayMode at both")
    reader.check_page("demo book merge both", "Two entries")


def test_it_is_locked_unlocked_and_left_in_panic(new_user: Seat, owner: Owner) -> None:
    reader, room = new_user(ALL_MODES), book(owner)
    sign_in(reader, room, owner.account.email)
    put_passphrase(owner)
    reader.open(f"{room}/visits")
    reader.check_page("book locked", "Locked")
    reader.field("Passphrase").fill("something else entirely")
    reader.press_button("Unlock")
    reader.check_page("book wrong passphrase", "Locked")
    reader.field("Passphrase").fill(PASSPHRASE)
    reader.press_button("Unlock")
    reader.check_page("book unlocked", "Visits")
    reader.press_button("Lock")
    reader.check_page("book locked again", "Locked")
    reader.open(f"{room}/recover")
    reader.check_page("book recover", "recovery code")

    reader.open(f"{room}/unlock")
    reader.field("Passphrase").fill(PASSPHRASE)
    reader.press_button("Unlock")
    reader.check_page("book unlocked again", "Today")
    reader.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="left"))
    reader.press_button("Panic")
    reader.page.wait_for_url("https://www.wikipedia.org/")
    # It is not in the browser's history any more, and opens to nobody.
    open_until_heading(reader, f"{owner.account.url}{room}", "Locked")


def open_until_heading(reader: BrowserUser, address: str, heading: str) -> None:
    """Open an address until its page has a heading.

    The page that was left tells the server by a beacon, which may arrive after the first request.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        reader.page.goto(address)
        if reader.page.get_by_role("heading", name=heading).count():
            return
        assert time.monotonic() < deadline, f"{address} never shows {heading}"


def put_passphrase(owner: Owner) -> None:
    """Put a passphrase on the book, from another device."""
    api = f"/crm/{owner.room.split('/')[1]}"
    elsewhere = ApiUser(owner.account.url)
    elsewhere.token = elsewhere.post(f"{api}/session", {"password": PASSWORD})["accessToken"]
    body = {"passphrase": PASSPHRASE, "confirm": "I will keep my recovery code"}
    elsewhere.post(f"{api}/encryption/enable", body)


def test_it_locks_itself_when_nobody_uses_it(new_user: Seat, owner: Owner) -> None:
    reader, room = new_user(LIGHT), book(owner)
    reader.page.clock.install()
    reader.open(f"{room}/login")
    # Time stands still but for what the test lets pass, however long the machine takes.
    reader.page.clock.pause_at(reader.page.evaluate("Date.now()") / 1000 + 10)
    reader.sign_in(owner.account.email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{room}$"))
    clock = reader.page.locator("[data-idle-minutes]")
    expect(clock).to_have_text("Locks in 10 min")
    reader.page.clock.fast_forward("08:00")
    expect(clock).to_have_text("Locks in 2 min")
    # Whoever writes is here, and the server hears of it.
    with reader.page.expect_response(re.compile(r"/_alive$")) as alive:
        reader.page.keyboard.press("Shift")
    assert alive.value.status == 204
    reader.page.clock.fast_forward("08:00")
    expect(clock).to_have_text("Locks in 2 min")
    reader.page.clock.fast_forward("03:00")
    reader.page.wait_for_url(re.compile(r"/crm/login$"))
    reader.page.clock.resume()  # the check for accessibility uses timers
    reader.check_page("book locked itself", "Sign in")


def test_what_was_left_does_not_come_back(new_user: Seat, owner: Owner) -> None:
    reader, room = new_user(LIGHT), book(owner)
    sign_in(reader, room, owner.account.email)
    reader.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="left"))
    reader.page.get_by_role("link", name="Exit").click()
    reader.page.wait_for_url("https://www.wikipedia.org/")
    # The exit ends the session, too.
    open_until_heading(reader, f"{owner.account.url}{room}", "Sign in")
    reader.page.go_back()
    expect(reader.page.get_by_role("heading", name="Today")).to_have_count(0)
