"""Favourites and saved searches in the browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import PASSWORD, ApiUser, new_name, publish, register_user
from tests.e2e.browser import ALL_MODES, NO_SCRIPTS, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
MODES = pytest.mark.parametrize("mode", [ALL_MODES, NO_SCRIPTS], ids=lambda mode: mode.name)
type OpenBrowser = Callable[[DisplayMode], BrowserUser]


def provider(url: str, staff: ApiUser, name: str) -> tuple[ApiUser, str]:
    """Return somebody public and the address of her page."""
    person = register_user(url, "escort")
    return person, publish(person, staff, name=name)["slug"]


def signed_in(reader: BrowserUser, url: str) -> ApiUser:
    client = register_user(url, "client")
    reader.open("/login")
    reader.sign_in(client.email, PASSWORD)
    reader.page.wait_for_url(re.compile(r"/$"))
    return client


@MODES
def test_favourite_button_with_and_without_sign_in(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess, staff: ApiUser
) -> None:
    name = new_name("Ottilie")
    person, slug = provider(cloud_process.url, staff, name)
    reader, stranger = new_user(mode), new_user(mode)
    signed_in(reader, cloud_process.url)
    reader.open("/favourites")
    reader.check_page("no favourites", "Favourites")
    reader.open(f"/{slug}")
    if mode.scripts:
        heart = reader.page.get_by_role("button", name=f"Favourite {name}")
        expect(heart).to_have_attribute("aria-pressed", "false")
        reader.check_page("profile with a heart", name)
        heart.focus()
        reader.page.keyboard.press("Enter")
        expect(heart).to_have_attribute("aria-pressed", "true")
        expect(heart).to_be_focused()
        reader.check_page("profile with a full heart", name)
        _in_the_list(reader, name)
    else:
        reader.press_button("Add to favourites")
    reader.open("/favourites")
    reader.check_page("favourites", "Favourites")
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_be_visible()

    person.post(f"/escorts/{person.get('/escorts/me')['id']}/hide")
    reader.open("/favourites")
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_have_count(0)
    person.post(f"/escorts/{person.get('/escorts/me')['id']}/show")
    reader.open("/favourites")
    reader.press_button(f"Remove {name}")
    expect(reader.page.get_by_role("heading", name="No favourites yet")).to_be_visible()

    stranger.open(f"/{slug}")
    if mode.scripts:
        stranger.page.get_by_role("link", name=re.compile("Sign in to save")).click()
        expect(stranger.page).to_have_url(re.compile(rf"/login\?next=/{slug}$"))


def _in_the_list(reader: BrowserUser, name: str) -> None:
    reader.open("/?location=vienna&q=ottilie")
    card = reader.page.locator("article").filter(has_text=name)
    heart = card.get_by_role("button", name=f"Favourite {name}")
    expect(heart).to_have_attribute("aria-pressed", "true")
    reader.check_page("results with hearts", ".")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")


@MODES
def test_saved_search_is_created_edited_and_deleted(
    mode: DisplayMode, new_user: OpenBrowser, cloud_process: CloudProcess
) -> None:
    reader = new_user(mode)
    signed_in(reader, cloud_process.url)
    reader.open("/saved-searches")
    reader.check_page("no saved searches", "Saved searches")
    reader.open("/?location=vienna&services=dinner")
    reader.page.locator(".save-place").scroll_into_view_if_needed()
    reader.page.get_by_role("link", name="Save this search").click()
    reader.check_page("save a search", "Save this search")
    expect(reader.field("Name")).to_have_value("Vienna, Dinner date")
    reader.field("Name").fill("")
    reader.press_button("Save the search")
    reader.check_page("save refused", "Save this search")
    reader.field("Name").fill("Vienna in May")
    reader.field("E-mail me about new profiles").check()
    reader.press_button("Save the search")
    reader.check_page("saved", "Saved searches")
    expect(reader.page.get_by_text("E-mails on since")).to_be_visible()
    reader.page.get_by_text("Edit or delete").click()
    reader.check_page("change a saved search", "Saved searches")
    reader.field("E-mail me about new profiles").uncheck()
    reader.press_button("Save changes")
    expect(reader.page.get_by_text("No e-mails.")).to_be_visible()
    reader.follow_link("See the results")
    expect(reader.page).to_have_url(re.compile(r"location=vienna&services=dinner$"))
    reader.open("/saved-searches")
    reader.page.get_by_text("Edit or delete").click()
    reader.page.get_by_text("Delete", exact=True).click()
    reader.press_button("Delete the search")
    expect(reader.page.get_by_role("heading", name="No saved searches yet")).to_be_visible()
