"""Extras on a provider's settings page, and what a client then reads of them."""

import pytest

from bookings.domain.pricing import Extra, When
from kit.auth import Audience
from kit.money import Money
from tests.factories.booking_api import Desk, Guest
from tests.factories.booking_pages import Seat, Values, escort_of, hidden, whole, words, wrong
from tests.factories.bookings import DAY, NOON

DRESS: Values = {"label": "A special dress", "price": "49.50", "currency": "EUR", "when": "chosen"}


@pytest.fixture
def mira(desk: Desk) -> Guest:
    return desk.provider()


@pytest.fixture
def her(mira: Guest) -> Seat:
    return Seat.of(mira, Audience.ADMIN)


def extras(desk: Desk, mira: Guest) -> tuple[Extra, ...]:
    with desk.salon.web.transaction() as work:
        return desk.salon.rules(work).read(mira.user_id).preferences.extras


def test_added_changed_and_removed(desk: Desk, mira: Guest, her: Seat) -> None:
    settings = f"{her.room}/settings"
    assert "None yet. An extra is" in words(her.page(settings))

    html = her.follow(her.post(f"{settings}/extras", DRESS))
    assert "A special dress, EUR 49.50 Clients choose it" in words(html)
    her.follow(her.post(f"{settings}/extras", DRESS | {"when": "outcall"}))
    dress = Money(4950, "EUR")
    assert extras(desk, mira) == (
        Extra("a-special-dress", "A special dress", dress),
        Extra("a-special-dress-2", "A special dress", dress, When.OUTCALL),
    )

    other: Values = {"label": "The way", "price": "60", "currency": "EUR", "when": "outcall"}
    key = hidden(html, f"{settings}/extras/change")
    html = her.follow(her.post(f"{settings}/extras/change", other | key))
    assert "The way, EUR 60 Always, when I come to the client" in words(html)
    her.follow(her.post(f"{settings}/extras/remove", key="a-special-dress-2"))
    way = Extra("a-special-dress", "The way", Money(6000, "EUR"), When.OUTCALL)
    assert extras(desk, mira) == (way,)


@pytest.mark.slow
def test_a_client_chooses_it_and_pays_what_it_cost_then(desk: Desk, mira: Guest, her: Seat) -> None:
    her.follow(her.post(f"{her.room}/settings/extras", DRESS))
    leo, new = Seat.of(desk.client()), f"/bookings/new/p-{escort_of(mira)}"
    chosen: Values = {
        "service": "dinner", "duration": "120", "venue": "incall", "extras": "a-special-dress",
        "start": f"{(NOON + 3 * DAY).isoformat()}@berlin",
    }  # fmt: skip

    assert "A special dress, EUR 49.50" in words(leo.page(new))
    summary = whole(leo.post(f"{new}/summary", chosen))
    assert "In all EUR 549.50" in words(summary)
    sent = hidden(summary, f"{new}/send") | {"extras": "a-special-dress", "agree": "true"}
    booking = leo.post(f"{new}/send", sent)
    key: Values = {"key": "a-special-dress"}
    her.follow(her.post(f"{her.room}/settings/extras/change", DRESS | {"price": "99"} | key))
    assert "In all EUR 549.50" in words(leo.follow(booking))
    assert "A special dress, EUR 99" in words(leo.page(new))


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"label": ""}, "label", "Fill this in"),
        ({"label": "x" * 61}, "label", "60"),
        ({"label": "Dress \u202e"}, "label", "nobody sees"),
        ({"price": "much"}, "price", "number"),
        ({"price": "0"}, "price", ""),
        ({"price": "100000.01"}, "price", "100000"),
        ({"price": "9.999"}, "price", "no smaller part than 0.01"),
        ({"when": "never"}, "when", ""),
    ],
    ids=["no-label", "long", "unseen", "no-number", "free", "dear", "fractions", "when"],
)
def test_refused_at_its_field(
    desk: Desk, mira: Guest, her: Seat, values: Values, field: str, why: str
) -> None:
    settings = f"{her.room}/settings"
    her.follow(her.post(f"{settings}/extras", DRESS))
    key: Values = {"key": "a-special-dress"}

    added = whole(her.post(f"{settings}/extras", DRESS | values), 422)
    assert why in wrong(added, f"extra-{field}")
    changed = whole(her.post(f"{settings}/extras/change", DRESS | key | values), 422)
    assert why in wrong(changed, f"changing-{field}")
    assert "<details open>" in changed
    assert [extra.price for extra in extras(desk, mira)] == [Money(4950, "EUR")]


@pytest.mark.slow
def test_one_that_is_gone_and_one_too_many(desk: Desk, mira: Guest, her: Seat) -> None:
    settings = f"{her.room}/settings"
    gone = whole(her.post(f"{settings}/extras/change", DRESS | {"key": "sauna"}), 409)
    assert "not there any more" in words(gone)
    for number in range(20):
        her.post(f"{settings}/extras", DRESS | {"label": f"Extra {number}"})

    assert len(extras(desk, mira)) == 20
    assert "Add the extra" not in her.page(settings)
    assert her.post(f"{settings}/extras", DRESS).status == 409
