"""Text moderation in a browser: a moderator refuses, the owner corrects the text, then closes the profile."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import EVERY, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import (
    PASSWORD,
    STAFF,
    Mailbox,
    Person,
    new_name,
    publish,
    registered,
)

pytestmark = pytest.mark.slow
REASON = "Leave ages out of the text."


def test_refused_mended_and_closed(
    read: Callable[[Look], Reader], cloud_process: CloudProcess, staff: Person
) -> None:
    account = registered(cloud_process.url, "escort")
    text = "Nobody under 18, please. " + "Long walks by the lake, and dinners after them. " * 3
    name = new_name("Vera")
    publish(account, staff, name=name, bio=text)
    slug = account.get("/escorts/me")["slug"]
    moderator, provider, client = read(EVERY), read(EVERY), read(EVERY)
    client.go(f"/{slug}")

    moderator.go("/staff/texts")
    moderator.sign_in(STAFF, PASSWORD)
    moderator.see("texts to read", "Text reviews")
    card = moderator.page.locator(".card", has_text=name)
    card.get_by_role("button", name="Refuse").click()
    moderator.see("no reason", "Text reviews")
    card.get_by_role("textbox").fill(REASON)
    card.get_by_role("button", name="Refuse").click()
    moderator.see("refused", "Text reviews")

    client.go(f"/{slug}", status=404)
    # Every mail leads to the login and does not reveal the subject.
    Mailbox(cloud_process.url).link(account.email, "/login")
    provider.go(f"/{slug}/admin")
    provider.sign_in(account.email, PASSWORD)
    provider.see("text to change", "Dashboard")
    expect(provider.page.get_by_text(REASON)).to_be_visible()
    provider.go(f"/{slug}/admin/profile")
    provider.field("About you").fill(text.removeprefix("Nobody under 18, please. "))
    provider.press("Save profile")
    expect(provider.page.get_by_text("Saved.", exact=True)).to_be_visible()
    client.go(f"/{slug}")

    provider.go(f"/{slug}/admin/visibility")
    provider.page.get_by_role("link", name="Close profile permanently").click()
    provider.see("closing", "Close profile")
    provider.press("Close profile")
    provider.see("no word", "Close profile")
    provider.field("Type “close” to confirm").fill("close")
    provider.press("Close profile")
    provider.see("closed", "Your profile is closed")
    client.go(f"/{slug}", status=404)
