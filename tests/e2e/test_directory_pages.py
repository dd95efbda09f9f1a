"""The directory by clicking: a provider writes, staff decide, a visitor finds; and the way back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import EVERY, LIGHT, PHONE, PLAIN, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import PASSWORD, STAFF, Person, new_name, publish, registered

pytestmark = pytest.mark.slow
LOOKS = pytest.mark.parametrize("look", [EVERY, PLAIN], ids=lambda look: look.name)
type Seat = Callable[[Look], Reader]


@LOOKS
def test_from_a_first_word_to_being_found_and_suspended(
    look: Look, read: Seat, cloud_process: CloudProcess
) -> None:
    provider, staff, client = read(look), read(look), read(look)
    name = new_name("Zdenka")
    account = registered(cloud_process.url, "escort")
    provider.go("/login")
    provider.sign_in(account.email, PASSWORD)
    _begin(provider, name)
    room = f"/{account.get('/escorts/me')['slug']}/admin"
    provider.see("room sign in", "Dashboard sign-in")
    provider.sign_in(account.email, PASSWORD)
    provider.see("draft", "Your room")
    _describe(provider, room)
    _offer(provider, room)
    provider.go(f"{room}/preview")
    provider.see("preview", name)
    slug = str(account.get("/escorts/me")["slug"])
    client.go(f"/{slug}", status=404)
    provider.go(f"{room}/visibility")
    provider.press("Ask to be verified")
    provider.see("consent refused", "Who sees it")
    provider.field("I agree").check()
    provider.press("Ask to be verified")
    provider.see("waiting", "Who sees it")

    _open_case(staff, name)
    staff.press("Verify")
    staff.see("verified", "Verification")
    expect(staff.page.get_by_text("Verified.", exact=True)).to_be_visible()
    _find(client, name)

    _open_case(staff, slug, signed_in=True)
    _decide(staff, "Suspend", "A complaint is being looked at.")
    staff.see("suspended case", name)
    client.go(f"/{slug}", status=404)
    client.see("gone", "There is nothing here")
    provider.go(room)
    provider.see("suspended", "Your room")
    expect(provider.page.get_by_text("A complaint is being looked at.")).to_be_visible()
    _decide(staff, "Restore", "The complaint was unfounded.")
    expect(staff.page.get_by_text("Suspend the profile")).to_be_visible()
    client.go(f"/{slug}")
    provider.go(room)
    provider.see("public", "Your room")


def _begin(provider: Reader, name: str) -> None:
    provider.see("begin", "Begin your profile")
    provider.field("Name").fill(name)
    provider.field("Date of birth").fill("2020-01-01")
    provider.press("Begin")
    provider.see("begin refused", "Begin your profile")
    provider.field("City").select_option(label="Geneva")
    provider.field("Date of birth").fill("1994-05-20")
    provider.press("Begin")


def _describe(provider: Reader, room: str) -> None:
    # How each page of the room looks before anything is written: test_provider_room.py.
    provider.go(f"{room}/profile")
    provider.field("Height").fill("7")
    provider.press("Save the profile")
    provider.see("editor refused", "Your profile")
    provider.field("Height").fill("172")
    provider.field("About you").fill("Dinners that run late.\n\nOpera when it is good.")
    for choice in ("English", "French", "Dinner date", "Theatre, opera and museums"):
        provider.field(choice).check()
    provider.press("Save the profile")
    provider.see("described", "Your profile")


def _offer(provider: Reader, room: str) -> None:
    provider.go(f"{room}/rates")
    provider.field("Service").select_option(label="Dinner date")
    provider.field("Duration").select_option(label="3 hours")
    provider.field("Price").fill("many")
    provider.field("At yours").check()
    provider.press("Add the rate")
    provider.see("rate refused", "Your rates")
    provider.field("Price").fill("450")
    provider.press("Add the rate")
    provider.see("rate added", "Your rates")
    provider.go(f"{room}/places")
    provider.field("Part of the city").fill("Carouge")
    provider.press("Add the place")
    provider.see("place added", "Your places")
    provider.go(f"{room}/week")
    provider.page.get_by_text("Add hours on Friday").click()
    provider.press("Late on Friday")
    provider.see("hours added", "Your week")


def _open_case(staff: Reader, wanted: str, *, signed_in: bool = False) -> None:
    staff.go("/staff/verification")
    if signed_in:
        staff.field("Find any profile").fill(wanted)
        staff.press("Open")
        return
    staff.see("staff sign in", "Staff sign-in")
    staff.sign_in(STAFF, PASSWORD)
    staff.see("queue", "Verification")
    staff.field("Find any profile").fill("nobody-of-this-name")
    staff.press("Open")
    staff.see("queue without a find", "Verification")
    staff.go("/staff/verification")
    staff.page.get_by_role("link", name=re.compile(wanted)).click()
    staff.see("case", wanted)


def _decide(staff: Reader, what: str, reason: str) -> None:
    staff.page.get_by_text(f"{what} the profile").click()
    form = staff.page.locator(f"form[action$='/{what.lower()}']")
    form.get_by_role("textbox").fill(reason)
    form.get_by_role("button", name=what).click()


def _find(client: Reader, name: str) -> None:
    client.go("/")
    client.see("directory", "Good company")
    client.field("City").select_option(value="geneva")
    if not client.look.scripts:
        client.press("Show")
    expect(_results(client.page, "Geneva")).to_be_visible()
    client.see("results", "Good company")
    while not client.page.get_by_role("link", name=re.compile(name)).count():
        _show_more(client)
    client.follow(re.compile(name))
    client.see("profile", name)
    expect(client.page.get_by_text("Verified", exact=True)).to_be_visible()


def _show_more(client: Reader) -> None:
    """Show the next page of the results, and return when it is there."""
    cards, before = client.page.locator(".profile-card"), client.page.url
    shown = cards.count()
    client.follow("Show more")
    if client.look.scripts:
        expect(cards).not_to_have_count(shown)
    else:
        expect(client.page).not_to_have_url(before)
        client.page.wait_for_load_state("load")


def test_back_leads_to_whole_pages(read: Seat, cloud_process: CloudProcess) -> None:
    reader = read(LIGHT)
    page = reader.page
    reader.go("/")
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
    reader.see("results after going back")


def _is_whole(page: Page, city: str) -> None:
    expect(_results(page, city)).to_be_visible()
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value(city.lower())


def _results(page: Page, city: str) -> Locator:
    """Return the heading of what was found in a city."""
    found = rf"companions? in {city}$" if city else r"companions$"
    return page.get_by_role("heading", level=2, name=re.compile(found))


def test_more_results_come_without_leaving_the_page(read: Seat) -> None:
    for look in (LIGHT, PLAIN):
        reader = read(look)
        reader.go("/")
        cards = reader.page.locator(".profile-card")
        name = cards.first.get_by_role("heading")
        first = name.inner_text()
        before = cards.count()
        reader.follow("Show more")
        if look.scripts:
            expect(cards).to_have_count(2 * before)
            expect(name).to_have_text(first)
        else:
            expect(name).not_to_have_text(first)
        reader.see("more results")


def test_a_city_without_anybody_says_so(read: Seat, cloud_process: CloudProcess) -> None:
    reader = read(PHONE)
    reader.go("/?location=atlantis", status=422)
    reader.see("no such city")
    expect(reader.page.get_by_text("We do not know this city.").last).to_be_visible()


def test_the_keyboard_is_enough(read: Seat) -> None:
    reader = read(LIGHT)
    page = reader.page
    reader.go("/")
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


def test_a_published_profile_appears_on_the_next_request(
    read: Seat, cloud_process: CloudProcess, staff: Person
) -> None:
    reader = read(LIGHT)
    reader.go("/?location=wellington")
    name = new_name("Aroha")
    publish(registered(cloud_process.url, "escort"), staff, city="wellington", name=name)
    reader.page.reload()
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_be_visible()
