"""Text moderation in a browser: a moderator refuses, the owner corrects the text, then closes the profile."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import (
    PASSWORD,
    STAFF,
    ApiUser,
    Mailbox,
    new_name,
    publish,
    register_user,
)
from tests.e2e.browser import ALL_MODES, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
REASON = "Leave ages out of the text."


def test_refused_text_is_changed_and_review_closed(
    new_user: Callable[[DisplayMode], BrowserUser], cloud_process: CloudProcess, staff: ApiUser
) -> None:
    account = register_user(cloud_process.url, "escort")
    text = "Nobody under 18, please. " + "Long walks by the lake, and dinners after them. " * 3
    name = new_name("Vera")
    publish(account, staff, name=name, bio=text)
    slug = account.get("/escorts/me")["slug"]
    moderator, provider, client = new_user(ALL_MODES), new_user(ALL_MODES), new_user(ALL_MODES)
    client.open(f"/{slug}")

    moderator.open("/staff/texts")
    moderator.sign_in(STAFF, PASSWORD)
    moderator.check_page("texts to read", "Text reviews")
    card = moderator.page.locator(".card", has_text=name)
    card.get_by_role("button", name="Refuse").click()
    moderator.check_page("no reason", "Text reviews")
    card.get_by_role("textbox").fill(REASON)
    card.get_by_role("button", name="Refuse").click()
    moderator.check_page("refused", "Text reviews")

    client.open(f"/{slug}", status=404)
    # Every mail leads to the login and does not reveal the subject.
    Mailbox(cloud_process.url).wait_for_link(account.email, "/login")
    provider.open(f"/{slug}/admin")
    provider.sign_in(account.email, PASSWORD)
    provider.check_page("text to change", "Dashboard")
    expect(provider.page.get_by_text(REASON)).to_be_visible()
    provider.open(f"/{slug}/admin/profile")
    provider.field("About you").fill(text.removeprefix("Nobody under 18, please. "))
    provider.press_button("Save profile")
    expect(provider.page.get_by_text("Saved.", exact=True)).to_be_visible()
    client.open(f"/{slug}")

    provider.open(f"/{slug}/admin/visibility")
    provider.page.get_by_role("link", name="Close profile permanently").click()
    provider.check_page("closing", "Close profile")
    provider.press_button("Close profile")
    provider.check_page("no word", "Close profile")
    provider.field("Type “close” to confirm").fill("close")
    provider.press_button("Close profile")
    provider.check_page("closed", "Your profile is closed")
    client.open(f"/{slug}", status=404)
