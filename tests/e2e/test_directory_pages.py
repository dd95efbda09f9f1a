"""Directory in a browser: a provider creates a profile, staff decide, a visitor finds it; and the way back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.api_users import PASSWORD, STAFF, ApiUser, new_name, publish, register_user
from tests.e2e.browser import ALL_MODES, LIGHT, NO_SCRIPTS, PHONE, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
MODES = pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
type OpenBrowser = Callable[[DisplayMode], BrowserUser]


@MODES
def test_profile_journey_from_draft_to_search_and_suspension(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    provider, staff, client = new_user(mode), new_user(mode), new_user(mode)
    name = new_name("Zdenka")
    account = register_user(cloud_process.url, "escort")
    provider.open("/login")
    provider.sign_in(account.email, PASSWORD)
    _begin(provider, name)
    dashboard_path = f"/{account.get('/escorts/me')['slug']}/admin"
    provider.check_page("room sign in", "Dashboard sign-in")
    provider.sign_in(account.email, PASSWORD)
    provider.check_page("draft", "Dashboard")
    _describe(provider, dashboard_path)
    _offer(provider, dashboard_path)
    provider.open(f"{dashboard_path}/preview")
    provider.check_page("preview", name)
    slug = str(account.get("/escorts/me")["slug"])
    client.open(f"/{slug}", status=404)
    provider.open(f"{dashboard_path}/visibility")
    provider.press_button("Request verification")
    provider.check_page("consent refused", "Visibility")
    provider.field("I agree").check()
    provider.press_button("Request verification")
    provider.check_page("waiting", "Visibility")

    _open_case(staff, name)
    staff.press_button("Verify")
    staff.check_page("verified", "Verification")
    expect(staff.page.get_by_text("Verified.", exact=True)).to_be_visible()
    _find(client, name)

    _open_case(staff, slug, signed_in=True)
    _decide(staff, "Suspend", "A complaint is being looked at.")
    staff.check_page("suspended case", name)
    client.open(f"/{slug}", status=404)
    client.check_page("gone", "There is nothing here")
    provider.open(dashboard_path)
    provider.check_page("suspended", "Dashboard")
    expect(provider.page.get_by_text("A complaint is being looked at.")).to_be_visible()
    _decide(staff, "Restore", "The complaint was unfounded.")
    expect(staff.page.get_by_text("Suspend the profile")).to_be_visible()
    client.open(f"/{slug}")
    provider.open(dashboard_path)
    provider.check_page("public", "Dashboard")


def _begin(provider: BrowserUser, name: str) -> None:
    provider.check_page("begin", "Create your profile")
    provider.field("Name").fill(name)
    provider.field("Date of birth").fill("2020-01-01")
    provider.press_button("Create profile")
    provider.check_page("begin refused", "Create your profile")
    provider.field("City").select_option(label="Geneva")
    provider.field("Date of birth").fill("1994-05-20")
    provider.press_button("Create profile")


def _describe(provider: BrowserUser, dashboard_path: str) -> None:
    # Dashboard pages without content: test_provider_dashboard.py.
    provider.open(f"{dashboard_path}/profile")
    provider.field("Height").fill("7")
    provider.press_button("Save profile")
    provider.check_page("editor refused", "Your profile")
    provider.field("Height").fill("172")
    provider.field("About you").fill("Dinners that run late.\n\nOpera when it is good.")
    for choice in ("English", "French", "Dinner date", "Theatre, opera and museums"):
        provider.field(choice).check()
    provider.press_button("Save profile")
    provider.check_page("described", "Your profile")


def _offer(provider: BrowserUser, dashboard_path: str) -> None:
    provider.open(f"{dashboard_path}/rates")
    provider.field("Service").select_option(label="Dinner date")
    provider.field("Duration").select_option(label="3 hours")
    provider.field("Price").fill("many")
    provider.field("At the client's place").check()
    provider.press_button("Add rate")
    provider.check_page("rate refused", "Rates")
    provider.field("Price").fill("450")
    provider.press_button("Add rate")
    provider.check_page("rate added", "Rates")
    provider.open(f"{dashboard_path}/places")
    provider.field("Part of the city").fill("Carouge")
    provider.press_button("Add place")
    provider.check_page("place added", "Places")
    provider.open(f"{dashboard_path}/weekly-hours")
    provider.page.get_by_text("Add hours on Friday").click()
    provider.press_button("Late on Friday")
    provider.check_page("hours added", "Weekly hours")


def _open_case(staff: BrowserUser, wanted: str, *, signed_in: bool = False) -> None:
    staff.open("/staff/verification")
    if signed_in:
        staff.field("Find a profile").fill(wanted)
        staff.press_button("Open")
        return
    staff.check_page("staff sign in", "Staff sign-in")
    staff.sign_in(STAFF, PASSWORD)
    staff.check_page("queue", "Verification")
    staff.field("Find a profile").fill("nobody-of-this-name")
    staff.press_button("Open")
    staff.check_page("queue without a find", "Verification")
    staff.open("/staff/verification")
    staff.page.get_by_role("link", name=re.compile(wanted)).click()
    staff.check_page("case", wanted)


def _decide(staff: BrowserUser, what: str, reason: str) -> None:
    staff.page.get_by_text(f"{what} the profile").click()
    form = staff.page.locator(f"form[action$='/{what.lower()}']")
    form.get_by_role("textbox").fill(reason)
    form.get_by_role("button", name=what).click()


def _find(client: BrowserUser, name: str) -> None:
    client.open("/")
    client.check_page("directory", "Good company")
    client.field("City").select_option(value="geneva")
    if not client.mode.scripts:
        client.press_button("Search")
    expect(_results(client.page, "Geneva")).to_be_visible()
    client.check_page("results", "Good company")
    while not client.page.get_by_role("link", name=re.compile(name)).count():
        _show_more(client)
    client.follow_link(re.compile(name))
    client.check_page("profile", name)
    expect(client.page.get_by_text("Verified", exact=True)).to_be_visible()


def _show_more(client: BrowserUser) -> None:
    """Show the next page of the results, and return when it is there."""
    cards, before = client.page.locator(".profile-card"), client.page.url
    shown = cards.count()
    client.follow_link("Show more")
    if client.mode.scripts:
        expect(cards).not_to_have_count(shown)
    else:
        expect(client.page).not_to_have_url(before)
        client.page.wait_for_load_state("load")


def test_browser_back_shows_whole_pages(new_user: OpenBrowser, cloud_process: CloudProcess) -> None:
    reader = new_user(LIGHT)
    page = reader.page
    reader.open("/")
    for city in ("Vienna", "Berlin"):
        reader.field("City").select_option(value=city.lower())
        expect(_results(page, city)).to_be_visible()
        expect(page).to_have_url(f"{cloud_process.url}/?location={city.lower()}")
    page.locator(".profile-card a").first.click()
    expect(page.locator(".profile")).to_be_visible()

    page.go_back()
    _is_whole(page, "Berlin")
    page.go_back()
    _is_whole(page, "Vienna")
    page.go_back()
    _is_whole(page, "")
    page.go_forward()
    _is_whole(page, "Vienna")
    reader.check_page("results after going back")


def _is_whole(page: Page, city: str) -> None:
    expect(_results(page, city)).to_be_visible()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value(city.lower())


def _results(page: Page, city: str) -> Locator:
    """Return the heading of what was found in a city."""
    found = rf"companions? in {city}$" if city else r"companions$"
    return page.get_by_role("heading", level=2, name=re.compile(found))


def test_show_more_adds_results_to_the_page(new_user: OpenBrowser) -> None:
    for mode in (LIGHT, NO_SCRIPTS):
        reader = new_user(mode)
        reader.open("/")
        cards = reader.page.locator(".profile-card")
        name = cards.first.get_by_role("heading")
        first = name.inner_text()
        before = cards.count()
        reader.follow_link("Show more")
        if mode.scripts:
            expect(cards).to_have_count(2 * before)
            expect(name).to_have_text(first)
        else:
            expect(name).not_to_have_text(first)
        reader.check_page("more results")


def test_search_city_without_profiles_shows_message(
    new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    reader = new_user(PHONE)
    reader.open("/?location=atlantis", status=422)
    reader.check_page("no such city")
    expect(reader.page.get_by_text("We do not know this city.").last).to_be_visible()


def test_directory_is_usable_by_keyboard(new_user: OpenBrowser) -> None:
    reader = new_user(LIGHT)
    page = reader.page
    reader.open("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    page.keyboard.press("Tab")
    expect(reader.field("City")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUS_IS_SEEN), page.evaluate("document.activeElement.outerHTML")


_FOCUS_IS_SEEN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const shown = [at, at.closest('article'), at.parentElement].filter(Boolean).some(
    (one) => parseFloat(getComputedStyle(one).outlineWidth) >= 2
      && getComputedStyle(one).outlineStyle !== 'none');
  return at !== document.body && shown && box.bottom > 0 && box.top < innerHeight;
}"""


def test_published_profile_appears_on_the_next_request(
    new_user: OpenBrowser, cloud_process: CloudProcess, staff: ApiUser
) -> None:
    reader = new_user(LIGHT)
    reader.open("/?location=wellington")
    name = new_name("Aroha")
    publish(register_user(cloud_process.url, "escort"), staff, city="wellington", name=name)
    reader.page.reload()
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_be_visible()
