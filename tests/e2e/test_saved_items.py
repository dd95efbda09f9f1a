"""Favourites and saved searches in the browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import EVERY, PLAIN, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import PASSWORD, Person, new_name, publish, registered

pytestmark = pytest.mark.slow
LOOKS = pytest.mark.parametrize("look", [EVERY, PLAIN], ids=lambda look: look.name)
type Seat = Callable[[Look], Reader]


def provider(url: str, staff: Person, name: str) -> tuple[Person, str]:
    """Return somebody public and the address of her page."""
    person = registered(url, "escort")
    return person, publish(person, staff, name=name)["slug"]


def signed_in(reader: Reader, url: str) -> Person:
    client = registered(url, "client")
    reader.go("/login")
    reader.sign_in(client.email, PASSWORD)
    reader.page.wait_for_url(re.compile(r"/$"))
    return client


@LOOKS
def test_favourite_button_with_and_without_sign_in(
    look: Look, read: Seat, cloud_process: CloudProcess, staff: Person
) -> None:
    name = new_name("Ottilie")
    person, slug = provider(cloud_process.url, staff, name)
    reader, stranger = read(look), read(look)
    signed_in(reader, cloud_process.url)
    reader.go("/favourites")
    reader.see("no favourites", "Favourites")
    reader.go(f"/{slug}")
    if look.scripts:
        heart = reader.page.get_by_role("button", name=f"Favourite {name}")
        expect(heart).to_have_attribute("aria-pressed", "false")
        reader.see("profile with a heart", name)
        heart.focus()
        reader.page.keyboard.press("Enter")
        expect(heart).to_have_attribute("aria-pressed", "true")
        expect(heart).to_be_focused()
        reader.see("profile with a full heart", name)
        _in_the_list(reader, name)
    else:
        reader.press("Add to favourites")
    reader.go("/favourites")
    reader.see("favourites", "Favourites")
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_be_visible()

    person.post(f"/escorts/{person.get('/escorts/me')['id']}/hide")
    reader.go("/favourites")
    expect(reader.page.get_by_role("link", name=re.compile(name))).to_have_count(0)
    person.post(f"/escorts/{person.get('/escorts/me')['id']}/show")
    reader.go("/favourites")
    reader.press(f"Remove {name}")
    expect(reader.page.get_by_role("heading", name="No favourites yet")).to_be_visible()

    stranger.go(f"/{slug}")
    if look.scripts:
        stranger.page.get_by_role("link", name=re.compile("Sign in to save")).click()
        expect(stranger.page).to_have_url(re.compile(rf"/login\?next=/{slug}$"))


def _in_the_list(reader: Reader, name: str) -> None:
    reader.go("/?location=vienna&q=ottilie")
    card = reader.page.locator("article").filter(has_text=name)
    heart = card.get_by_role("button", name=f"Favourite {name}")
    expect(heart).to_have_attribute("aria-pressed", "true")
    reader.see("results with hearts", ".")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")


@LOOKS
def test_saved_search_is_created_edited_and_deleted(
    look: Look, read: Seat, cloud_process: CloudProcess
) -> None:
    reader = read(look)
    signed_in(reader, cloud_process.url)
    reader.go("/saved-searches")
    reader.see("no saved searches", "Saved searches")
    reader.go("/?location=vienna&services=dinner")
    reader.page.locator(".save-place").scroll_into_view_if_needed()
    reader.page.get_by_role("link", name="Save this search").click()
    reader.see("save a search", "Save this search")
    expect(reader.field("Name")).to_have_value("Vienna, Dinner date")
    reader.field("Name").fill("")
    reader.press("Save the search")
    reader.see("save refused", "Save this search")
    reader.field("Name").fill("Vienna in May")
    reader.field("Write to me").check()
    reader.press("Save the search")
    reader.see("saved", "Saved searches")
    expect(reader.page.get_by_text("Emails on since")).to_be_visible()
    reader.page.get_by_text("Edit or delete").click()
    reader.see("change a saved search", "Saved searches")
    reader.field("Write to me").uncheck()
    reader.press("Save changes")
    expect(reader.page.get_by_text("No emails.")).to_be_visible()
    reader.follow("See the results")
    expect(reader.page).to_have_url(re.compile(r"location=vienna&services=dinner$"))
    reader.go("/saved-searches")
    reader.page.get_by_text("Edit or delete").click()
    reader.page.get_by_text("Delete", exact=True).click()
    reader.press("Delete the search")
    expect(reader.page.get_by_role("heading", name="No saved searches yet")).to_be_visible()
