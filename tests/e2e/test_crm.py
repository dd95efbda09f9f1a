"""Journey of a provider through the client book: log in, add records, search, lock and unlock."""

import re
import time

import pytest
from playwright.sync_api import Locator, expect

from kit.formats import format_date
from local.demo.logins import CRM_PATH, PROVIDER
from tests.e2e.api_users import PASSWORD, PATIENCE, ApiUser, past_day
from tests.e2e.browser import ALL_MODES, LIGHT, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.test_provider_dashboard import OpenBrowser, Owner, owner

__all__ = ["owner"]

pytestmark = pytest.mark.slow
PASSPHRASE = "violet anchor meadow lantern"
PARTS = {"/clients": "Clients", "/visits": "Visits", "/tasks": "Tasks"}


def book(owner: Owner) -> str:
    return owner.dashboard_path.replace("/admin", "/crm")


def at(reader: BrowserUser, name: str) -> Locator:
    """Return a field by its name, since some labels begin alike."""
    return reader.page.locator(f"#field-{name}")


def sign_in(reader: BrowserUser, book_path: str, email: str) -> None:
    reader.open(f"{book_path}/login")
    reader.sign_in(email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{book_path}$"))


@pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_crm_journey_adds_finds_and_locks_records(
    mode: DisplayMode, new_user: OpenBrowser, owner: Owner
) -> None:
    reader, book_path = new_user(mode), book(owner)
    sign_in(reader, book_path, owner.account.email)
    reader.check_page("book empty", "Dashboard")
    for part, heading in PARTS.items():
        reader.open(f"{book_path}{part}")
        reader.check_page(f"book empty {part}", heading)

    add_client(reader, book_path)
    add_task_and_call(reader)
    add_visit(reader)
    search_client(reader, book_path)

    reader.open(f"{book_path}/tasks")
    reader.page.get_by_role("button", name="Done: Call back").click()
    expect(reader.page.get_by_text("No open tasks.")).to_be_visible()
    reader.open(book_path)
    reader.check_page("book begun", "Dashboard")
    assert reader.page.title() == "Notes"

    reader.press_button("Lock")
    reader.check_page("book left", "Sign in")
    reader.open(book_path)
    reader.check_page("book asks again", "Sign in")


def add_client(reader: BrowserUser, book_path: str) -> None:
    reader.open(f"{book_path}/clients/new")
    reader.check_page("book new person", "Add client")
    reader.field("Phone numbers 1").fill("030 1234567")
    reader.press_button("Save")
    reader.check_page("book person refused", "Add client")
    at(reader, "name").fill("Leo Brandt")
    reader.field("Phone numbers 1").fill("+49 30 1234567")
    reader.press_button("Save")
    reader.check_page("book person", "Leo Brandt")
    reader.page.get_by_role("link", name="Edit", exact=True).click()
    reader.check_page("book change person", "Edit client")
    at(reader, "notes").fill("Likes tea.")
    reader.press_button("Save")
    expect(reader.page.get_by_text("Likes tea.")).to_be_visible()


def add_task_and_call(reader: BrowserUser) -> None:
    reader.page.locator("summary", has_text="Add a task").click()
    at(reader, "task-title").fill("Call back")
    reader.press_button("Save")
    reader.page.locator("summary", has_text="Add a message or a call").click()
    at(reader, "communication-text").fill("Asked for Friday.")
    reader.check_page("book person writing", "Leo Brandt")
    reader.press_button("Save")
    reader.check_page("book person with a story", "Leo Brandt")


def add_visit(reader: BrowserUser) -> None:
    reader.page.get_by_role("link", name="Add a visit").click()
    reader.check_page("book new visit", "Add visit")
    day = past_day()
    at(reader, "day").fill(day.isoformat())
    at(reader, "at").fill("19:30")
    at(reader, "status").select_option("completed")
    at(reader, "rate").fill("250,50")
    reader.press_button("Save")
    reader.page.get_by_role("link", name="Incall, 1 hour").click()
    reader.check_page("book visit", f"Leo Brandt, {format_date(day, 'short-weekday')}, 19:30")
    reader.press_button("Paid, cash")
    expect(reader.page.get_by_text("Payment saved.")).to_be_visible()
    expect(at(reader, "received")).to_have_value("250.50")


def search_client(reader: BrowserUser, book_path: str) -> None:
    reader.open(f"{book_path}/clients")
    at(reader, "q").fill("+49 30 1234567")
    reader.press_button("Search")
    reader.check_page("book found", "Clients")
    assert "1234567" not in reader.page.url
    expect(reader.page.get_by_role("rowheader", name="Leo Brandt")).to_be_visible()
    at(reader, "q").fill("nobody")
    reader.press_button("Search")
    reader.check_page("book nobody found", "Clients")
    expect(reader.page.get_by_text("No matching clients")).to_be_visible()


def test_crm_pages_of_demo_provider_pass_checks(new_user: OpenBrowser) -> None:
    reader = new_user(ALL_MODES)
    sign_in(reader, CRM_PATH, PROVIDER.email)
    reader.check_page("demo book", "Dashboard")
    reader.page.locator("summary", has_text="Show numbers").click()
    reader.check_page("demo book numbers", "Dashboard")
    for part, heading in PARTS.items():
        reader.open(f"{CRM_PATH}{part}")
        reader.check_page(f"demo book {part}", heading)
    reader.open(f"{CRM_PATH}/clients")
    reader.page.get_by_role("rowheader").first.get_by_role("link").click()
    reader.check_page("demo book person", ".")
    reader.page.get_by_role("link", name="Merge with another").click()
    reader.check_page("demo book merge", "Merge clients")
    reader.press_button("Compare")
    reader.check_page("demo book merge both", "Merge clients")
    expect(reader.page.get_by_role("button", name="Compare")).to_have_count(0)


def test_crm_lock_unlock_and_lock_everywhere(new_user: OpenBrowser, owner: Owner) -> None:
    reader, book_path = new_user(ALL_MODES), book(owner)
    sign_in(reader, book_path, owner.account.email)
    put_passphrase(owner)
    reader.open(f"{book_path}/visits")
    reader.check_page("book locked", "Locked")
    reader.field("Passphrase").fill("something else entirely")
    reader.press_button("Unlock")
    reader.check_page("book wrong passphrase", "Locked")
    reader.field("Passphrase").fill(PASSPHRASE)
    reader.press_button("Unlock")
    reader.check_page("book unlocked", "Visits")
    reader.press_button("Lock")
    reader.check_page("book locked again", "Locked")
    reader.open(f"{book_path}/recover")
    reader.check_page("book recover", "recovery code")

    reader.open(f"{book_path}/unlock")
    reader.field("Passphrase").fill(PASSPHRASE)
    reader.press_button("Unlock")
    reader.check_page("book unlocked again", "Dashboard")
    reader.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="left"))
    reader.press_button("Lock everywhere")
    reader.page.wait_for_url("https://www.wikipedia.org/")
    # The page left the browser's history, and its address opens for no session.
    open_until_heading(reader, f"{owner.account.url}{book_path}", "Locked")
    assert "/unlock" in reader.page.url
    expect(reader.field("Passphrase")).to_be_visible()
    expect(reader.page.get_by_role("button", name="Lock everywhere")).to_have_count(0)


def open_until_heading(reader: BrowserUser, address: str, heading: str) -> None:
    """Open an address until its page has a heading.

    The page before it sends a beacon to the server, which may arrive after the first request.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        reader.page.goto(address)
        if reader.page.get_by_role("heading", name=heading).count():
            return
        assert time.monotonic() < deadline, f"{address} never shows {heading}"


def put_passphrase(owner: Owner) -> None:
    """Set a passphrase from another device."""
    api = f"/crm/{owner.dashboard_path.split('/')[1]}"
    elsewhere = ApiUser(owner.account.url)
    elsewhere.token = elsewhere.post(f"{api}/session", {"password": PASSWORD})["accessToken"]
    body = {"passphrase": PASSPHRASE, "confirm": "I will keep my recovery code"}
    elsewhere.post(f"{api}/encryption/enable", body)


def test_crm_idle_session_locks_automatically(new_user: OpenBrowser, owner: Owner) -> None:
    reader, book_path = new_user(LIGHT), book(owner)
    reader.page.clock.install()
    reader.open(f"{book_path}/login")
    # The clock advances only as far as the test lets it, however slow the machine is.
    reader.page.clock.pause_at(reader.page.evaluate("Date.now()") / 1000 + 10)
    reader.sign_in(owner.account.email, PASSWORD)
    reader.page.wait_for_url(re.compile(rf"{book_path}$"))
    clock = reader.page.locator("[data-idle-minutes]")
    expect(clock).to_have_text("Locks in 10 min")
    reader.page.clock.fast_forward("08:00")
    expect(clock).to_have_text("Locks in 2 min")
    # Typing counts as activity, and the page reports it to the server.
    with reader.page.expect_response(re.compile(r"/_alive$")) as alive:
        reader.page.keyboard.press("Shift")
    assert alive.value.status == 204
    reader.page.clock.fast_forward("08:00")
    expect(clock).to_have_text("Locks in 2 min")
    reader.page.clock.fast_forward("03:00")
    reader.page.wait_for_url(re.compile(r"/crm/login$"))
    reader.page.clock.resume()  # the check for accessibility uses timers
    reader.check_page("book locked itself", "Sign in")


def test_crm_back_button_after_exit_shows_no_data(new_user: OpenBrowser, owner: Owner) -> None:
    reader, book_path = new_user(LIGHT), book(owner)
    sign_in(reader, book_path, owner.account.email)
    reader.page.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="left"))
    reader.page.get_by_role("link", name="Exit").click()
    reader.page.wait_for_url("https://www.wikipedia.org/")
    # The exit button ends the session as well.
    open_until_heading(reader, f"{owner.account.url}{book_path}", "Sign in")
    reader.page.go_back()
    expect(reader.page.get_by_role("heading", name="Dashboard")).to_have_count(0)
