"""Public pages on a phone: search for tonight in two cities, and recently viewed profiles."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.api_users import ALL_WEEK, ApiUser, new_name, publish, register_user
from tests.e2e.browser import ALL_MODES, IS_VISIBLE_SCRIPT, PHONE, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
type OpenBrowser = Callable[[DisplayMode], BrowserUser]
A_MINUTE = 60.0
# Time for a new visitor to look, decide and tap.
SECONDS_A_TAP = 4.0


@dataclass
class Thumb:
    """Taps, and counts; what is not in sight costs a swipe first."""

    reader: BrowserUser
    taps: int = 0

    def tap(self, what: Locator) -> None:
        """Tap once, on something that is large enough for a thumb."""
        self._reach(what)
        box = what.bounding_box()
        assert box is not None
        assert box["height"] >= 44, (box, what)
        self.taps += 1
        what.click()

    def choose(self, label: str, value: str) -> None:
        """Open a list and choose."""
        self._reach(self.reader.field(label))
        self.taps += 2
        self.reader.field(label).select_option(value=value)

    def _reach(self, what: Locator) -> None:
        expect(what).to_be_visible()
        if not what.evaluate(IS_VISIBLE_SCRIPT):
            self.taps += 1


def test_phone_search_for_tonight_finds_verified_profile_in_two_cities(
    new_user: OpenBrowser, cloud_process: CloudProcess, staff: ApiUser
) -> None:
    first, second = "berlin", "vienna"
    for city in (first, second):
        # Free at any hour: the demo people keep hours, and their evening may be over.
        provider = register_user(cloud_process.url, "escort")
        publish(provider, staff, city=city, name=new_name("Nadja"), availability=ALL_WEEK)
    reader = new_user(PHONE)
    page, thumb = reader.page, Thumb(reader)
    reader.open("/")
    thumb.choose("City", first)
    thumb.choose("When", "tonight")
    _search_and_open_first(thumb, first)
    page.go_back()
    thumb.taps += 1
    thumb.choose("City", second)
    _search_and_open_first(thumb, second)

    assert thumb.taps * SECONDS_A_TAP < A_MINUTE, thumb.taps
    reader.check_page("for tonight in the second city")


def _search_and_open_first(thumb: Thumb, city: str) -> None:
    """Search, check the results, and open the first profile."""
    page = thumb.reader.page
    thumb.tap(page.get_by_role("button", name="Search").first)
    found = page.get_by_role("heading", name=re.compile(f"companions? in {city.capitalize()}$"))
    expect(found).to_be_in_viewport()
    expect(page.get_by_role("link", name="Remove Free tonight")).to_be_in_viewport()
    expect(page.locator("[data-toasts]")).to_be_empty()
    first = page.locator(".profile-card").first
    expect(first.get_by_title("Verified")).to_be_visible()
    thumb.tap(first)
    expect(page.locator(".profile")).to_be_visible()
    expect(page.get_by_text("Verified", exact=True)).to_be_in_viewport()
    free = page.locator(".badge", has_text=re.compile("Available (now|tonight)"))
    expect(free).to_be_in_viewport()


def test_recently_viewed_profiles_stay_in_browser_until_cleared(new_user: OpenBrowser) -> None:
    reader = new_user(ALL_MODES)
    page = reader.page
    reader.open("/")
    seen = page.get_by_role("region", name="Recently viewed")
    expect(seen).to_be_hidden()
    page.locator(".profile-card a").first.click()
    expect(page.locator(".profile")).to_be_visible()
    page.wait_for_load_state("load")
    name = page.locator("h1").inner_text().rpartition(",")[0]
    reader.open("/")
    expect(seen.get_by_role("link", name=name)).to_be_visible()
    reader.check_page("seen before")
    assert page.evaluate("document.cookie") == ""
    seen.get_by_role("button", name="Clear list").click()
    expect(seen).to_be_hidden()
    assert page.evaluate("localStorage.getItem('recent')") is None


def test_filter_chip_removes_filter_and_back_restores_it(new_user: OpenBrowser) -> None:
    reader = new_user(PHONE)
    page = reader.page
    reader.open("/?location=berlin&venue=incall")
    chip = page.get_by_role("link", name="Remove At the provider's place")
    chip.click()
    expect(page).to_have_url(re.compile(r"/\?location=berlin#results$"))
    expect(chip).to_have_count(0)
    expect(page.get_by_role("heading", name=re.compile("in Berlin$")).last).to_be_in_viewport()
    page.get_by_text("More filters").click()
    reader.field("At the provider's place").check()
    expect(chip).to_be_visible()
    page.go_back()
    expect(chip).to_have_count(0)
    expect(reader.field("At the provider's place")).not_to_be_checked()


def test_show_more_moves_focus_to_first_new_card(new_user: OpenBrowser) -> None:
    reader = new_user(PHONE)
    page = reader.page
    reader.open("/")
    cards = page.locator(".profile-card")
    before = cards.count()
    page.get_by_role("link", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(cards.nth(before).get_by_role("link").first).to_be_focused()
