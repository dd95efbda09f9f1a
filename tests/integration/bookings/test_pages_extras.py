"""Extras on a provider's settings page, and their prices for clients."""

import pytest

from bookings.domain.pricing import Extra, ExtraTrigger
from kit.auth import Audience
from kit.money import Money
from tests.factories.booking_api import ApiUser, ApiWorld
from tests.factories.booking_pages import (
    PageClient,
    Values,
    hidden,
    private_page,
    profile_id_of,
    words,
    wrong,
)
from tests.factories.bookings import DAY, NOON

DRESS: Values = {"label": "A special dress", "price": "49.50", "currency": "EUR", "when": "chosen"}


@pytest.fixture
def provider(api: ApiWorld) -> ApiUser:
    return api.provider()


@pytest.fixture
def page_client(provider: ApiUser) -> PageClient:
    return PageClient.from_user(provider, Audience.ADMIN)


def extras(api: ApiWorld, provider: ApiUser) -> tuple[Extra, ...]:
    with api.bookings.web.transaction() as work:
        return api.bookings.settings(work).get(provider.user_id).settings.extras


def test_extras_page_add_change_and_remove(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    settings = f"{page_client.bookings_path}/settings"
    assert "None yet. An extra is" in words(page_client.page(settings))

    html = page_client.follow(page_client.post(f"{settings}/extras", DRESS))
    assert "A special dress, EUR 49.50 When the client chooses it" in words(html)
    page_client.follow(page_client.post(f"{settings}/extras", DRESS | {"when": "outcall"}))
    dress = Money(4950, "EUR")
    assert extras(api, provider) == (
        Extra("a-special-dress", "A special dress", dress),
        Extra("a-special-dress-2", "A special dress", dress, ExtraTrigger.OUTCALL),
    )

    other: Values = {"label": "The way", "price": "60", "currency": "EUR", "when": "outcall"}
    key = hidden(html, f"{settings}/extras/change")
    html = page_client.follow(page_client.post(f"{settings}/extras/change", other | key))
    assert "The way, EUR 60 Always, when I come to the client" in words(html)
    page_client.follow(page_client.post(f"{settings}/extras/remove", key="a-special-dress-2"))
    way = Extra("a-special-dress", "The way", Money(6000, "EUR"), ExtraTrigger.OUTCALL)
    assert extras(api, provider) == (way,)


@pytest.mark.slow
def test_extras_page_changed_price_keeps_requested_price(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    page_client.follow(page_client.post(f"{page_client.bookings_path}/settings/extras", DRESS))
    client_page, new = (
        PageClient.from_user(api.client()),
        f"/bookings/new/p-{profile_id_of(provider)}",
    )
    chosen: Values = {
        "service": "dinner", "duration": "120", "venue": "incall", "extras": "a-special-dress",
        "start": f"{(NOON + 3 * DAY).isoformat()}@berlin",
    }  # fmt: skip

    assert "A special dress, EUR 49.50" in words(client_page.page(new))
    summary = private_page(client_page.post(f"{new}/summary", chosen))
    assert "Total EUR 549.50" in words(summary)
    sent = hidden(summary, f"{new}/send") | {"extras": "a-special-dress", "agree": "true"}
    booking = client_page.post(f"{new}/send", sent)
    key: Values = {"key": "a-special-dress"}
    page_client.follow(
        page_client.post(
            f"{page_client.bookings_path}/settings/extras/change", DRESS | {"price": "99"} | key
        )
    )
    assert "Total EUR 549.50" in words(client_page.follow(booking))
    assert "A special dress, EUR 99" in words(client_page.page(new))


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"label": ""}, "label", "Fill this in"),
        ({"label": "x" * 61}, "label", "60"),
        ({"label": "Dress \u202e"}, "label", "invisible characters"),
        ({"price": "much"}, "price", "number"),
        ({"price": "0"}, "price", ""),
        ({"price": "100000.01"}, "price", "100000"),
        ({"price": "9.999"}, "price", "must be multiples of 0.01"),
        ({"when": "never"}, "when", ""),
    ],
    ids=["no-label", "long", "unseen", "no-number", "free", "dear", "fractions", "when"],
)
def test_extras_page_invalid_extra_names_field(
    api: ApiWorld, provider: ApiUser, page_client: PageClient, values: Values, field: str, why: str
) -> None:
    settings = f"{page_client.bookings_path}/settings"
    page_client.follow(page_client.post(f"{settings}/extras", DRESS))
    key: Values = {"key": "a-special-dress"}

    added = private_page(page_client.post(f"{settings}/extras", DRESS | values), 422)
    assert why in wrong(added, f"extra-{field}")
    changed = private_page(page_client.post(f"{settings}/extras/change", DRESS | key | values), 422)
    assert why in wrong(changed, f"changing-{field}")
    assert "<details open>" in changed
    assert [extra.price for extra in extras(api, provider)] == [Money(4950, "EUR")]


@pytest.mark.slow
def test_extras_page_removed_or_excess_extra_conflicts(
    api: ApiWorld, provider: ApiUser, page_client: PageClient
) -> None:
    settings = f"{page_client.bookings_path}/settings"
    gone = private_page(
        page_client.post(f"{settings}/extras/change", DRESS | {"key": "sauna"}), 409
    )
    assert "no longer exists" in words(gone)
    for number in range(20):
        page_client.post(f"{settings}/extras", DRESS | {"label": f"Extra {number}"})

    assert len(extras(api, provider)) == 20
    assert "Add the extra" not in page_client.page(settings)
    assert page_client.post(f"{settings}/extras", DRESS).status == 409
