"""Requesting, negotiating, accepting and late cancellation, with two browsers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.api_users import ALL_WEEK, PASSWORD, ApiUser, new_name, publish, register_user
from tests.e2e.browser import ALL_MODES, NO_SCRIPTS, PHONE, BrowserUser, DisplayMode
from tests.e2e.cloud import CloudProcess

pytestmark = pytest.mark.slow
PROVIDER_PAGES = {
    "": "Requests",
    "/all": "All bookings",
    "/calendar": "Your calendar",
    "/calendar/month": "Your calendar",
    "/settings": "Booking settings",
}
type OpenBrowser = Callable[[DisplayMode], BrowserUser]


@dataclass
class ClientAndProvider:
    """A client and a provider, each with a browser."""

    client: BrowserUser
    provider: BrowserUser
    slug: str

    @property
    def dashboard_path(self) -> str:
        """Path of the provider's booking pages."""
        return f"/{self.slug}/admin/bookings"


def sign_in_both(
    url: str,
    staff: ApiUser,
    new_user: OpenBrowser,
    modes: tuple[DisplayMode, DisplayMode],
    name: str,
) -> ClientAndProvider:
    """Sign in both."""
    account, client_account = register_user(url, "escort"), register_user(url, "client")
    slug = publish(account, staff, name=name, availability=ALL_WEEK)["slug"]
    client, provider = (new_user(mode) for mode in modes)
    client.open("/login")
    client.sign_in(client_account.email, PASSWORD)
    client.page.wait_for_url(re.compile(r"/$"))
    provider.open(f"/{slug}/admin/bookings")
    provider.sign_in(account.email, PASSWORD)
    provider.check_page("inbox empty", "Requests")
    return ClientAndProvider(client, provider, slug)


def ask(pair: ClientAndProvider, request_text: str) -> str:
    """Request the first free time; return the URL of the booking."""
    client = pair.client
    client.open(f"/{pair.slug}")
    if client.mode.scripts:
        expect(client.field("Duration")).to_be_visible()
        client.check_page("profile with a form", "[A-Z]")
        client.press_button("See free times")
    else:
        client.follow_link("See free times")
        client.check_page("ask choose", "Choose a service")
        client.press_button("See free times")
    client.check_page("ask times", "Choose a time")
    client.page.locator(".slot").first.click()
    client.check_page("ask details", "Details")
    client.field("Special requests").fill(request_text)
    client.press_button("See the summary")
    client.check_page("ask summary", "Review request")
    client.press_button("Change the details")
    expect(client.field("Special requests")).to_have_value(request_text)
    client.press_button("See the summary")
    expect(client.page.locator("h1")).to_contain_text("Review request")
    client.page.wait_for_load_state("load")
    if client.mode.scripts:
        # The browser's back button, to a page behind a form: nothing is sent again.
        client.page.evaluate("history.back()")
        expect(client.page).to_have_url(re.compile("/details"))
        expect(client.field("Special requests")).to_have_value(request_text)
        client.press_button("See the summary")
        expect(client.page.get_by_text(request_text)).to_be_visible()
    client.page.get_by_label("I have read this and agree to it").check()
    client.press_button("Send the request")
    client.check_page("booking requested", "Your booking")
    expect(client.page.get_by_text("Your request is sent.")).to_be_visible()
    return client.page.url.partition("?")[0]


def test_journey_negotiated_and_cancelled_late(
    new_user: OpenBrowser, cloud_process: CloudProcess, staff: ApiUser
) -> None:
    pair = sign_in_both(cloud_process.url, staff, new_user, (ALL_MODES, ALL_MODES), "Clara Vogt")
    client, provider = pair.client, pair.provider
    client.open("/bookings")
    client.check_page("bookings empty", "Your bookings")
    booking = ask(pair, "A quiet table.")

    provider.open(pair.dashboard_path)
    expect(provider.page.get_by_text("A quiet table.")).to_be_visible()
    provider.check_page("inbox", "Requests")
    small = provider.page.evaluate(_TOO_SMALL)
    assert small == []
    provider.page.locator(".propose .slot").first.click()
    expect(provider.page.get_by_text("Your proposal is sent to the client.")).to_be_visible()
    provider.check_page("inbox after a proposal", "Requests")

    client.page.goto(booking)
    client.check_page("booking with a proposal", "Your booking")
    client.press_button("Accept this time")
    expect(client.page.get_by_text("Accepted: this is the booking")).to_be_visible()
    cost = client.page.locator(".cost")
    expect(cost).to_contain_text("Cancelling now costs EUR")
    for path, heading in PROVIDER_PAGES.items():
        provider.open(f"{pair.dashboard_path}{path}")
        provider.check_page(f"hers {path or 'inbox'}", heading)
    client.page.locator("summary", has_text="Cancel this booking").click()
    client.check_page("booking cancelling", "Your booking")
    client.page.get_by_role("button", name=re.compile("^Cancel for EUR")).click()
    client.check_page("booking cancelled", "Your booking")
    expect(client.page.get_by_text("Cancellation fee")).to_be_visible()
    client.open("/bookings?view=past")
    client.check_page("bookings past", "Your bookings")
    provider.open(f"{pair.dashboard_path}/all?view=over")
    provider.page.locator(".booking-card a").first.click()
    provider.check_page("hers cancelled", "A booking")


def test_journey_without_scripts(
    new_user: OpenBrowser, cloud_process: CloudProcess, staff: ApiUser
) -> None:
    pair = sign_in_both(cloud_process.url, staff, new_user, (NO_SCRIPTS, NO_SCRIPTS), "Dora Lenz")
    client, provider = pair.client, pair.provider
    booking = ask(pair, "Tea.")

    provider.open(pair.dashboard_path)
    provider.page.get_by_role("button", name=re.compile("^Accept ")).click()
    expect(provider.page.get_by_text("Accepted.")).to_be_visible()
    provider.page.locator(".booking-card a").first.click()
    provider.check_page("hers confirmed", "A booking")
    client.page.goto(booking)
    expect(client.page.locator(".badge")).to_contain_text("Confirmed")
    client.page.locator("summary", has_text="Cancel this booking").click()
    client.page.get_by_role("button", name=re.compile("^Cancel for EUR")).click()
    client.check_page("booking cancelled", "Your booking")


def sign_in_with_demo_logins(new_user: OpenBrowser, text: str) -> ClientAndProvider:
    """Sign in both with the logins that the local cloud prints."""
    emails, password = re.findall(r"(\S+) \(/login\)", text), text.partition("password: ")[2]
    client, provider = new_user(PHONE), new_user(PHONE)
    for reader, email in zip((client, provider), emails, strict=True):
        reader.open("/login")
        reader.sign_in(email, password)
    # The dashboard has a login of its own.
    provider.page.wait_for_url(re.compile(r"/admin/login"))
    provider.sign_in(emails[1], password)
    expect(provider.page.get_by_role("heading", name="Dashboard")).to_be_visible()
    provider.page.get_by_role("link", name="Bookings", exact=True).first.click()
    expect(provider.page.get_by_role("heading", name="Requests")).to_be_visible()
    return ClientAndProvider(client, provider, provider.page.url.split("/")[3])


def ask_by_phone(pair: ClientAndProvider, request_text: str) -> str:
    """Request a booking with the demo's provider; return the next day, since the cloud's clock may be ahead."""
    client = pair.client
    client.open(f"/{pair.slug}")
    client.press_button("See free times")
    client.page.locator(".slot").first.click()
    client.field("What may I call you?").fill("Robin")
    client.field("Special requests").fill(request_text)
    client.press_button("See the summary")
    client.page.get_by_label("I have read this and agree to it").check()
    client.press_button("Send the request")
    expect(client.page.get_by_text("Your request is sent.")).to_be_visible()
    asked = client.page.locator(".timeline time").first.get_attribute("datetime") or ""
    return (datetime.fromisoformat(asked) + timedelta(days=1)).date().isoformat()


def test_journey_with_demo_logins(new_user: OpenBrowser, cloud_process: CloudProcess) -> None:
    """Requested, negotiated, paid and cancelled late, starting with the printed logins."""
    pair = sign_in_with_demo_logins(
        new_user, next(x for x in cloud_process.output if "sign in as" in x)
    )
    client, provider = pair.client, pair.provider
    request_text = f"By the window, please; I come with {new_name('Mara')}."
    tomorrow = ask_by_phone(pair, request_text)

    provider.open(pair.dashboard_path)
    request = provider.page.locator("article", has_text=request_text)
    request.locator("summary").click()
    request.locator("[name=date]").fill(tomorrow)
    request.locator("[name=time]").fill("14:00")
    request.get_by_role("button", name="Propose this time").click()
    expect(provider.page.get_by_text("Your proposal is sent to the client.")).to_be_visible()
    client.page.reload()
    client.press_button("Accept this time")
    expect(client.page.get_by_text("Accepted: this is the booking")).to_be_visible()
    provider.open(f"{pair.dashboard_path}/{client.page.url.partition('?')[0].rpartition('/')[2]}")
    provider.press_button("Deposit received")
    expect(
        provider.page.get_by_text("The deposit is recorded: the booking is confirmed.")
    ).to_be_visible()

    client.page.reload()
    client.page.locator("summary", has_text="Cancel this booking").click()
    expect(client.page.locator(".cost")).to_contain_text("Cancelling now costs")
    client.page.get_by_role("button", name=re.compile("^Cancel for ")).click()
    expect(client.page.get_by_text("You cancelled less than")).to_be_visible()
    provider.page.reload()
    expect(provider.page.get_by_text("The client cancelled less than")).to_be_visible()


_TOO_SMALL = """() => [...document.querySelectorAll('main :is(button, summary)')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
