"""A provider's own room in a browser: every page closely, a tour in a handful of taps, two windows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import EVERY, IN_SIGHT, LIGHT, PHONE, PLAIN, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import PASSWORD, Person, complete_profile, new_name, registered

pytestmark = pytest.mark.slow
LOOKS = pytest.mark.parametrize("look", [EVERY, PLAIN], ids=lambda look: look.name)
PAGES = {
    "": "Your room",
    "/profile": "Your profile",
    "/rates": "Your rates",
    "/places": "Your places",
    "/week": "Your week",
    "/dates": "Your dates",
    "/tours": "Your tours",
    "/visibility": "Who sees it",
    "/look": "Its look",
}
TWO_MINUTES = 120.0
# A look and a tap by somebody in no hurry; an address or a password typed with one thumb.
SECONDS_A_TAP, SECONDS_A_FIELD = 5.0, 20.0
type Seat = Callable[[Look], Reader]


@dataclass
class Owner:
    """A provider with a draft, and where her room is."""

    account: Person
    room: str


@pytest.fixture
def owner(cloud_process: CloudProcess) -> Owner:
    account = registered(cloud_process.url, "escort")
    profile = account.post("/escorts", complete_profile(name=new_name("Livia")))
    return Owner(account, f"/{profile['slug']}/admin")


def entered(reader: Reader, owner: Owner) -> Reader:
    """Open the room with the password."""
    reader.go(owner.room)
    reader.see("sign in", "Dashboard sign-in")
    reader.sign_in(owner.account.email, PASSWORD)
    reader.see("overview", "Your room")
    return reader


def day(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


@LOOKS
def test_every_page_is_looked_at(look: Look, read: Seat, owner: Owner) -> None:
    reader = entered(read(look), owner)
    for path, heading in PAGES.items():
        reader.go(f"{owner.room}{path}")
        reader.see(f"room {heading}", heading)
    reader.go(f"{owner.room}/preview")
    reader.see("room preview", "Livia")


@pytest.mark.parametrize("look", [PHONE, PLAIN], ids=lambda look: look.name)
def test_a_tour_takes_under_two_minutes(look: Look, read: Seat, owner: Owner) -> None:
    """At the door: two fields and a button; then one link, three fields, one button."""
    reader = entered(read(look), owner)
    page = reader.page
    seconds = 2 * SECONDS_A_FIELD + SECONDS_A_TAP

    link = page.get_by_role("link", name="Plan a tour")
    seconds += SECONDS_A_TAP * (1 if link.evaluate(IN_SIGHT) else 2)
    link.click()
    reader.see("tours", "Your tours")
    for field, value in (("City", "zurich"), ("From", day(20)), ("To", day(24))):
        box = page.get_by_label(field, exact=True)
        assert box.evaluate(IN_SIGHT), field
        box.select_option(value) if field == "City" else box.fill(value)
        # The list or the calendar opens, another page of it comes, a tap chooses.
        seconds += SECONDS_A_TAP * (2 if field == "City" else 3)
    if look.scripts:
        expect(page.get_by_label("To", exact=True)).to_have_attribute("min", day(20))
    add = page.get_by_role("button", name="Add the tour")
    seconds += SECONDS_A_TAP * (1 if add.evaluate(IN_SIGHT) else 2)
    add.click()

    reader.see("tour added", "Your tours")
    expect(page.get_by_text("Added.", exact=True)).to_be_in_viewport()
    expect(page.locator(".rows", has_text="Zürich")).to_be_in_viewport()
    assert seconds < TWO_MINUTES, seconds

    dates = [reader.page.get_by_label(name, exact=True) for name in ("From", "To")]
    reader.field("City").select_option("berlin")
    dates[0].fill(day(22))
    dates[1].fill(day(26))
    reader.press("Add the tour")
    reader.see("tour conflict", "Your tours")
    expect(reader.page.get_by_role("alert")).to_contain_text("You are in Zürich")
    expect(dates[0]).to_have_value(day(22))


def test_the_week_with_one_thumb(read: Seat, owner: Owner) -> None:
    """Everything that is tapped is 44 px high and wide enough, and reached without zooming."""
    reader = entered(read(PHONE), owner)
    reader.go(f"{owner.room}/week")
    page = reader.page
    page.get_by_text("Add hours on Monday").click()
    reader.press("Evening on Monday")
    expect(page.locator("#day-1")).to_contain_text("18:00")
    expect(page.locator("#day-1")).to_be_in_viewport()
    page.get_by_text("Copy to other days from Monday").click()
    for name in ("Tuesday", "Wednesday"):
        page.locator("#day-1").get_by_text(name).click()
    reader.see("week copying", "Your week")
    small = page.evaluate(_TOO_SMALL)
    assert small == []
    reader.press("Copy Monday to these days")
    for number in (1, 2, 3):
        expect(page.locator(f"#day-{number}")).to_contain_text("18:00")
    page.locator("#day-2").get_by_role("button", name=re.compile("Remove Tuesday")).click()
    expect(page.locator("#day-2")).to_contain_text("Not available")
    reader.see("week done", "Your week")


_TOO_SMALL = """() => [...document.querySelectorAll(
    'main :is(button, summary, .choice, input:not([type=hidden], [type=checkbox]))')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim().slice(0, 30) || one.name, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""


def test_available_now(read: Seat, owner: Owner) -> None:
    reader = entered(read(LIGHT), owner)
    reader.follow("Available now")
    reader.press("Available now for 2 hours")
    reader.see("available now", "Your dates")
    reader.press("End it")
    reader.see("not available now", "Your dates")


def test_the_preview_follows_the_writing(read: Seat, owner: Owner) -> None:
    reader = entered(read(LIGHT), owner)
    reader.go(f"{owner.room}/profile")
    reader.see("editor", "Your profile")
    reader.field("About you").fill("Written this very moment.")
    preview = reader.page.get_by_label("Preview", exact=True).locator(".prose")
    expect(preview).to_have_text("Written this very moment.")
    reader.page.get_by_label("Name", exact=True).fill("")
    expect(reader.page.get_by_text("The preview waits for this")).to_be_visible()
    reader.see("preview waits", "Your profile")


def test_two_windows(read: Seat, owner: Owner) -> None:
    first, second = entered(read(LIGHT), owner), entered(read(PHONE), owner)
    for reader in (first, second):
        reader.go(f"{owner.room}/profile")
    first.field("About you").fill("From the first window.")
    first.press("Save the profile")
    expect(first.page.get_by_text("Saved.", exact=True)).to_be_visible()
    second.field("About you").fill("From the second window.")
    second.press("Save the profile")

    second.see("both versions", "Your profile")
    both = second.page.get_by_role("table")
    expect(both).to_contain_text("From the first window.")
    expect(both).to_contain_text("From the second window.")
    second.press("Save the profile")
    expect(second.page.get_by_text("Saved.", exact=True)).to_be_visible()


def test_every_look_can_be_read(read: Seat, owner: Owner) -> None:
    reader = entered(read(EVERY), owner)
    for theme, layout in zip(
        ("House", "Harbour", "Garden", "Ember", "Slate"),
        ("Portrait", "Letter", "Banner", "Letter", "Banner"),
        strict=True,
    ):
        reader.go(f"{owner.room}/look")
        for choice in (theme, layout):
            reader.page.get_by_role("radio", name=re.compile(f"^{choice}")).check()
        shown = reader.page.locator(f"#preview .theme-{theme.lower()}.layout-{layout.lower()}")
        expect(shown).to_be_visible()
        reader.see(f"look {theme}", "Its look")
        reader.press("Save the look")
        expect(reader.page.get_by_text("Saved.", exact=True)).to_be_visible()
        reader.go(f"{owner.room}/preview")
        reader.see(f"preview {theme}", "Livia")


def test_the_room_locks(read: Seat, owner: Owner) -> None:
    reader = entered(read(LIGHT), owner)
    reader.press("Lock the room")
    reader.see("locked", "Dashboard sign-in")
    reader.go(f"{owner.room}/tours")
    reader.see("still locked", "Dashboard sign-in")
