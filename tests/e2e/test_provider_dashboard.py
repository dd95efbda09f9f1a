"""Provider's dashboard in a browser: every page, a tour in a few taps, two windows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import PASSWORD, ApiUser, complete_profile, new_name, register_user
from tests.e2e.browser import (
    ALL_MODES,
    IS_VISIBLE_SCRIPT,
    LIGHT,
    NO_SCRIPTS,
    PHONE,
    BrowserUser,
    DisplayMode,
)
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
MODES = pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
PAGES = {
    "": "Dashboard",
    "/profile": "Your profile",
    "/rates": "Rates",
    "/places": "Places",
    "/weekly-hours": "Weekly hours",
    "/exceptions": "Exceptions",
    "/tours": "Tours",
    "/visibility": "Visibility",
    "/appearance": "Appearance",
}
TWO_MINUTES = 120.0
# A look and a tap without hurry; an address or a password typed with one thumb.
SECONDS_A_TAP, SECONDS_A_FIELD = 5.0, 20.0
type OpenBrowser = Callable[[DisplayMode], BrowserUser]


@dataclass
class Owner:
    """Provider with a draft, and the path of the dashboard."""

    account: ApiUser
    dashboard_path: str


@pytest.fixture
def owner(cloud_process: CloudProcess) -> Owner:
    account = register_user(cloud_process.url, "escort")
    profile = account.post("/escorts", complete_profile(name=new_name("Livia")))
    return Owner(account, f"/{profile['slug']}/admin")


def open_dashboard(reader: BrowserUser, owner: Owner) -> BrowserUser:
    """Open the dashboard with the password."""
    reader.open(owner.dashboard_path)
    reader.check_page("sign in", "Dashboard sign-in")
    reader.sign_in(owner.account.email, PASSWORD)
    reader.check_page("overview", "Dashboard")
    return reader


def day(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


@MODES
def test_dashboard_pages_pass_checks(
    mode: DisplayMode, new_user: OpenBrowser, owner: Owner
) -> None:
    reader = open_dashboard(new_user(mode), owner)
    for path, heading in PAGES.items():
        reader.open(f"{owner.dashboard_path}{path}")
        reader.check_page(f"room {heading}", heading)
        assert reader.page.title().startswith(heading), path
    reader.open(f"{owner.dashboard_path}/preview")
    reader.check_page("room preview", "Livia")


@pytest.mark.parametrize("mode", [PHONE, NO_SCRIPTS], ids=lambda mode: mode.name)
def test_tour_is_added_in_under_two_minutes(
    mode: DisplayMode, new_user: OpenBrowser, owner: Owner
) -> None:
    """The login has two fields and a button; then follow one link, three fields and one button."""
    reader = open_dashboard(new_user(mode), owner)
    page = reader.page
    seconds = 2 * SECONDS_A_FIELD + SECONDS_A_TAP

    link = page.get_by_role("link", name="Plan a tour")
    seconds += SECONDS_A_TAP * (1 if link.evaluate(IS_VISIBLE_SCRIPT) else 2)
    link.click()
    reader.check_page("tours", "Tours")
    for field, value in (("City", "zurich"), ("From", day(20)), ("To", day(24))):
        box = page.get_by_label(field, exact=True)
        assert box.evaluate(IS_VISIBLE_SCRIPT), field
        box.select_option(value) if field == "City" else box.fill(value)
        # The list or the calendar opens, another page of it comes, a tap chooses.
        seconds += SECONDS_A_TAP * (2 if field == "City" else 3)
    if mode.scripts:
        expect(page.get_by_label("To", exact=True)).to_have_attribute("min", day(20))
    add = page.get_by_role("button", name="Add tour")
    seconds += SECONDS_A_TAP * (1 if add.evaluate(IS_VISIBLE_SCRIPT) else 2)
    add.click()

    reader.check_page("tour added", "Tours")
    expect(page.get_by_text("Added.", exact=True)).to_be_in_viewport()
    expect(page.locator(".rows", has_text="Zürich")).to_be_in_viewport()
    assert seconds < TWO_MINUTES, seconds

    dates = [reader.page.get_by_label(name, exact=True) for name in ("From", "To")]
    reader.field("City").select_option("berlin")
    dates[0].fill(day(22))
    dates[1].fill(day(26))
    reader.press_button("Add tour")
    reader.check_page("tour conflict", "Tours")
    expect(reader.page.get_by_role("alert")).to_contain_text("You are in Zürich")
    expect(dates[0]).to_have_value(day(22))


def test_weekly_hours_are_set_with_one_thumb(new_user: OpenBrowser, owner: Owner) -> None:
    """Everything that is tapped is 44 px high and wide enough, and reached without zooming."""
    reader = open_dashboard(new_user(PHONE), owner)
    reader.open(f"{owner.dashboard_path}/weekly-hours")
    page = reader.page
    page.get_by_text("Add hours on Monday").click()
    reader.press_button("Evening on Monday")
    expect(page.locator("#day-1")).to_contain_text("18:00")
    expect(page.locator("#day-1")).to_be_in_viewport()
    page.get_by_text("Copy to other days from Monday").click()
    for name in ("Tuesday", "Wednesday"):
        page.locator("#day-1").get_by_text(name).click()
    reader.check_page("week copying", "Weekly hours")
    small = page.evaluate(_TOO_SMALL)
    assert small == []
    reader.press_button("Copy Monday to these days")
    for number in (1, 2, 3):
        expect(page.locator(f"#day-{number}")).to_contain_text("18:00")
    page.locator("#day-2").get_by_role("button", name=re.compile("Remove Tuesday")).click()
    expect(page.locator("#day-2")).to_contain_text("Not available")
    reader.check_page("week done", "Weekly hours")


_TOO_SMALL = """() => [...document.querySelectorAll(
    'main :is(button, summary, .choice, input:not([type=hidden], [type=checkbox]))')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim().slice(0, 30) || one.name, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""


def test_available_now_is_set_and_ended_in_browser(new_user: OpenBrowser, owner: Owner) -> None:
    reader = open_dashboard(new_user(LIGHT), owner)
    reader.follow_link("Available now")
    reader.press_button("Available now for 2 hours")
    reader.check_page("available now", "Exceptions")
    expect(reader.page.get_by_text("You are shown as available now.")).to_be_visible()
    reader.press_button("End it")
    reader.check_page("not available now", "Exceptions")
    expect(reader.page.get_by_text("You are no longer shown as available now.")).to_be_visible()
    expect(reader.page.get_by_role("button", name="End it")).to_have_count(0)


def test_preview_is_updated_while_typing(new_user: OpenBrowser, owner: Owner) -> None:
    reader = open_dashboard(new_user(LIGHT), owner)
    reader.open(f"{owner.dashboard_path}/profile")
    reader.check_page("editor", "Your profile")
    reader.field("About you").fill("Written this very moment.")
    preview = reader.page.get_by_label("Preview", exact=True).locator(".prose")
    expect(preview).to_have_text("Written this very moment.")
    reader.page.get_by_label("Name", exact=True).fill("")
    expect(reader.page.get_by_text("Fix this to see the preview")).to_be_visible()
    reader.check_page("preview waits", "Your profile")


def test_editor_in_two_windows_reports_conflict(new_user: OpenBrowser, owner: Owner) -> None:
    first, second = open_dashboard(new_user(LIGHT), owner), open_dashboard(new_user(PHONE), owner)
    for reader in (first, second):
        reader.open(f"{owner.dashboard_path}/profile")
    first.field("About you").fill("From the first window.")
    first.press_button("Save profile")
    expect(first.page.get_by_text("Saved.", exact=True)).to_be_visible()
    second.field("About you").fill("From the second window.")
    second.press_button("Save profile")

    second.check_page("both versions", "Your profile")
    both = second.page.get_by_role("table")
    expect(both).to_contain_text("From the first window.")
    expect(both).to_contain_text("From the second window.")
    second.press_button("Save profile")
    expect(second.page.get_by_text("Saved.", exact=True)).to_be_visible()


def test_appearances_pass_contrast_checks(new_user: OpenBrowser, owner: Owner) -> None:
    reader = open_dashboard(new_user(ALL_MODES), owner)
    for theme, layout in zip(
        ("House", "Harbour", "Garden", "Ember", "Slate"),
        ("Portrait", "Letter", "Banner", "Letter", "Banner"),
        strict=True,
    ):
        reader.open(f"{owner.dashboard_path}/appearance")
        for choice in (theme, layout):
            reader.page.get_by_role("radio", name=re.compile(f"^{choice}")).check()
        shown = reader.page.locator(f"#preview .theme-{theme.lower()}.layout-{layout.lower()}")
        expect(shown).to_be_visible()
        reader.check_page(f"look {theme}", "Appearance")
        reader.press_button("Save appearance")
        expect(reader.page.get_by_text("Saved.", exact=True)).to_be_visible()
        reader.open(f"{owner.dashboard_path}/preview")
        reader.check_page(f"preview {theme}", "Livia")


def test_dashboard_signs_out(new_user: OpenBrowser, owner: Owner) -> None:
    reader = open_dashboard(new_user(LIGHT), owner)
    reader.press_button("Sign out of the dashboard")
    reader.check_page("locked", "Dashboard sign-in")
    reader.open(f"{owner.dashboard_path}/tours")
    reader.check_page("still locked", "Dashboard sign-in")
    assert urlsplit(reader.page.url).path == f"{owner.dashboard_path}/login"
