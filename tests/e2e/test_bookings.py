"""Requesting, negotiating, accepting and late cancellation, with two browsers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import EVERY, PHONE, PLAIN, Look, Reader
from tests.e2e.cloud import CloudProcess
from tests.e2e.people import ALL_WEEK, PASSWORD, Person, new_name, publish, registered

pytestmark = pytest.mark.slow
PROVIDER_PAGES = {
    "": "Requests",
    "/all": "All bookings",
    "/calendar": "Your calendar",
    "/calendar/month": "Your calendar",
    "/settings": "Booking settings",
}
type OpenBrowser = Callable[[Look], Reader]


@dataclass
class ClientAndProvider:
    """A client and a provider, each with a browser."""

    client: Reader
    provider: Reader
    slug: str

    @property
    def room(self) -> str:
        """Path of the provider's booking pages."""
        return f"/{self.slug}/admin/bookings"


def sign_in_both(
    url: str, staff: Person, read: OpenBrowser, looks: tuple[Look, Look], name: str
) -> ClientAndProvider:
    """Sign in both."""
    account, client_account = registered(url, "escort"), registered(url, "client")
    slug = publish(account, staff, name=name, availability=ALL_WEEK)["slug"]
    client, provider = (read(look) for look in looks)
    client.go("/login")
    client.sign_in(client_account.email, PASSWORD)
    client.page.wait_for_url(re.compile(r"/$"))
    provider.go(f"/{slug}/admin/bookings")
    provider.sign_in(account.email, PASSWORD)
    provider.see("inbox empty", "Requests")
    return ClientAndProvider(client, provider, slug)


def ask(pair: ClientAndProvider, request_text: str) -> str:
    """Request the first free time; return the URL of the booking."""
    client = pair.client
    client.go(f"/{pair.slug}")
    if client.look.scripts:
        expect(client.field("Duration")).to_be_visible()
        client.see("profile with a form", "[A-Z]")
        client.press("See free times")
    else:
        client.follow("See free times")
        client.see("ask choose", "Choose a service")
        client.press("See free times")
    client.see("ask times", "Choose a time")
    client.page.locator(".slot").first.click()
    client.see("ask details", "Details")
    client.field("Special requests").fill(request_text)
    client.press("See the summary")
    client.see("ask summary", "Review request")
    client.press("Change the details")
    expect(client.field("Special requests")).to_have_value(request_text)
    client.press("See the summary")
    expect(client.page.locator("h1")).to_contain_text("Review request")
    client.page.wait_for_load_state("load")
    if client.look.scripts:
        # The browser's back button, to a page behind a form: nothing is sent again.
        client.page.evaluate("history.back()")
        expect(client.page).to_have_url(re.compile("/details"))
        expect(client.field("Special requests")).to_have_value(request_text)
        client.press("See the summary")
        expect(client.page.get_by_text(request_text)).to_be_visible()
    client.page.get_by_label("I have read this and agree to it").check()
    client.press("Send the request")
    client.see("booking requested", "Your booking")
    expect(client.page.get_by_text("Your request is sent.")).to_be_visible()
    return client.page.url.partition("?")[0]


def test_journey_negotiated_and_cancelled_late(
    read: OpenBrowser, cloud_process: CloudProcess, staff: Person
) -> None:
    pair = sign_in_both(cloud_process.url, staff, read, (EVERY, EVERY), "Clara Vogt")
    client, provider = pair.client, pair.provider
    client.go("/bookings")
    client.see("bookings empty", "Your bookings")
    booking = ask(pair, "A quiet table.")

    provider.go(pair.room)
    expect(provider.page.get_by_text("A quiet table.")).to_be_visible()
    provider.see("inbox", "Requests")
    small = provider.page.evaluate(_TOO_SMALL)
    assert small == []
    provider.page.locator(".propose .slot").first.click()
    expect(provider.page.get_by_text("Your proposal is sent to the client.")).to_be_visible()
    provider.see("inbox after a proposal", "Requests")

    client.page.goto(booking)
    client.see("booking with a proposal", "Your booking")
    client.press("Accept this time")
    expect(client.page.get_by_text("Accepted: this is the booking")).to_be_visible()
    cost = client.page.locator(".cost")
    expect(cost).to_contain_text("Cancelling now costs EUR")
    for path, heading in PROVIDER_PAGES.items():
        provider.go(f"{pair.room}{path}")
        provider.see(f"hers {path or 'inbox'}", heading)
    client.page.locator("summary", has_text="Cancel this booking").click()
    client.see("booking cancelling", "Your booking")
    client.page.get_by_role("button", name=re.compile("^Cancel for EUR")).click()
    client.see("booking cancelled", "Your booking")
    expect(client.page.get_by_text("Cancellation fee")).to_be_visible()
    client.go("/bookings?view=past")
    client.see("bookings past", "Your bookings")
    provider.go(f"{pair.room}/all?view=over")
    provider.page.locator(".booking-card a").first.click()
    provider.see("hers cancelled", "A booking")


def test_journey_without_scripts(
    read: OpenBrowser, cloud_process: CloudProcess, staff: Person
) -> None:
    pair = sign_in_both(cloud_process.url, staff, read, (PLAIN, PLAIN), "Dora Lenz")
    client, provider = pair.client, pair.provider
    booking = ask(pair, "Tea.")

    provider.go(pair.room)
    provider.page.get_by_role("button", name=re.compile("^Accept ")).click()
    expect(provider.page.get_by_text("Accepted.")).to_be_visible()
    provider.page.locator(".booking-card a").first.click()
    provider.see("hers confirmed", "A booking")
    client.page.goto(booking)
    expect(client.page.locator(".badge")).to_contain_text("Confirmed")
    client.page.locator("summary", has_text="Cancel this booking").click()
    client.page.get_by_role("button", name=re.compile("^Cancel for EUR")).click()
    client.see("booking cancelled", "Your booking")


def sign_in_with_demo_logins(read: OpenBrowser, said: str) -> ClientAndProvider:
    """Sign in both with the logins that the local cloud prints."""
    emails, password = re.findall(r"(\S+) \(/login\)", said), said.partition("password: ")[2]
    client, provider = read(PHONE), read(PHONE)
    for reader, email in zip((client, provider), emails, strict=True):
        reader.go("/login")
        reader.sign_in(email, password)
    # The dashboard has a login of its own.
    provider.page.wait_for_url(re.compile(r"/admin/login"))
    provider.sign_in(emails[1], password)
    expect(provider.page.get_by_role("heading", name="Your room")).to_be_visible()
    provider.page.get_by_role("link", name="Bookings", exact=True).first.click()
    expect(provider.page.get_by_role("heading", name="Requests")).to_be_visible()
    return ClientAndProvider(client, provider, provider.page.url.split("/")[3])


def ask_by_phone(pair: ClientAndProvider, request_text: str) -> str:
    """Request a booking with the demo's provider; return the next day, since the cloud's clock may be ahead."""
    client = pair.client
    client.go(f"/{pair.slug}")
    client.press("See free times")
    client.page.locator(".slot").first.click()
    client.field("What may I call you?").fill("Robin")
    client.field("Special requests").fill(request_text)
    client.press("See the summary")
    client.page.get_by_label("I have read this and agree to it").check()
    client.press("Send the request")
    expect(client.page.get_by_text("Your request is sent.")).to_be_visible()
    asked = client.page.locator(".timeline time").first.get_attribute("datetime") or ""
    return (datetime.fromisoformat(asked) + timedelta(days=1)).date().isoformat()


def test_journey_with_demo_logins(read: OpenBrowser, cloud_process: CloudProcess) -> None:
    """Requested, negotiated, paid and cancelled late, starting with the printed logins."""
    pair = sign_in_with_demo_logins(
        read, next(x for x in cloud_process.output if "sign in as" in x)
    )
    client, provider = pair.client, pair.provider
    request_text = f"By the window, please; I come with {new_name('Mara')}."
    tomorrow = ask_by_phone(pair, request_text)

    provider.go(pair.room)
    request = provider.page.locator("article", has_text=request_text)
    request.locator("summary").click()
    request.locator("[name=date]").fill(tomorrow)
    request.locator("[name=time]").fill("14:00")
    request.get_by_role("button", name="Propose this time").click()
    expect(provider.page.get_by_text("Your proposal is sent to the client.")).to_be_visible()
    client.page.reload()
    client.press("Accept this time")
    expect(client.page.get_by_text("Accepted: this is the booking")).to_be_visible()
    provider.go(f"{pair.room}/{client.page.url.partition('?')[0].rpartition('/')[2]}")
    provider.press("Deposit received")
    expect(provider.page.get_by_text("the booking is confirmed")).to_be_visible()

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
