"""What a meeting costs, and what calling it off does."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.domain.policy import DEFAULT, Policy, Step, checked, settled
from bookings.domain.pricing import Ask, Extra, Rate, When, price_for, priced
from bookings.domain.venue import Venue, venue_of
from kit.errors import Invalid
from kit.money import Money
from tests.factories.bookings import NOON


def rate(service: str, minutes: int, amount: int, venue: Venue = Venue.INCALL) -> Rate:
    return Rate(service, minutes, Money(amount, "EUR"), venue)


CARD = [
    rate("dinner", 60, 30000), rate("dinner", 120, 50000), rate("dinner", 240, 80000),
    rate("dinner", 120, 60000, Venue.OUTCALL), rate("massage", 60, 35000),
    rate("travel", 1440, 300000, Venue.OUTCALL), rate("overnight", 720, 180000, Venue.OUTCALL),
    Rate("dinner", 60, Money(25000, "GBP"), Venue.INCALL),
]  # fmt: skip
EXTRAS = [
    Extra("flowers", "Flowers", Money(2000, "EUR")),
    Extra("taxi", "Taxi", Money(3000, "EUR"), When.OUTCALL),
    Extra("hurry", "Short notice", Money(5000, "EUR"), When.URGENT),
    Extra("breakfast", "Breakfast", Money(1500, "EUR"), When.OVERNIGHT),
    Extra("flight", "Flight", Money(20000, "EUR"), When.TRAVEL),
]


@pytest.mark.parametrize(
    ("minutes", "price"),
    [
        (60, 30000), (90, 45000), (105, 50000), (120, 50000), (150, 62500), (180, 75000),
        (210, 80000), (240, 80000), (300, 100000), (30, None),
    ],
)  # fmt: skip
def test_between_two_prices(minutes: int, price: int | None) -> None:
    assert price_for(minutes, [(60, 30000), (120, 50000), (240, 80000)]) == price


_CARDS = st.dictionaries(
    st.sampled_from([30, 45, 60, 90, 120, 180, 720]), st.integers(1, 100_000), min_size=1
)


@settings(deadline=None)
@given(card=_CARDS, quarters=st.integers(2, 80))
def test_a_price_is_whole_and_between_its_neighbours(card: dict[int, int], quarters: int) -> None:
    minutes = 15 * quarters
    price = price_for(minutes, card.items())

    if minutes < min(card):
        assert price is None
        return
    assert isinstance(price, int)
    assert price > 0
    assert price == card.get(minutes, price)
    longer = [amount for length, amount in card.items() if length > minutes]
    if minutes not in card and longer:
        assert price <= min(longer)


@settings(deadline=None)
@given(card=_CARDS, quarters=st.lists(st.integers(2, 80), min_size=2, max_size=2))
def test_longer_never_costs_less_where_the_card_does_not(
    card: dict[int, int], quarters: list[int]
) -> None:
    rising = dict(zip(sorted(card), sorted(card.values()), strict=True))
    short, long = (price_for(15 * number, rising.items()) for number in sorted(quarters))

    assert (short or 0) <= (long or 0)


def test_the_dearest_service_counts_and_extras_come_on_top() -> None:
    ask = Ask(("dinner", "massage"), 60, Venue.INCALL, ("flowers",), urgent=True)

    quote = priced(ask, CARD, EXTRAS)

    assert [(line.key, line.amount) for line in quote.lines] == [
        ("massage", 35000), ("flowers", 2000), ("hurry", 5000),
    ]  # fmt: skip
    assert quote.total == Money(42000, "EUR")


def test_the_order_of_services_is_of_no_matter() -> None:
    one, other = (priced(Ask(s, 60, Venue.INCALL, currency="EUR"), CARD, ())
                  for s in (("dinner", "massage"), ("massage", "dinner")))  # fmt: skip

    assert one == other


@pytest.mark.parametrize(
    ("ask", "total"),
    [
        (Ask(("dinner",), 120, Venue.OUTCALL), 63000),
        (Ask(("overnight",), 720, Venue.OUTCALL), 184500),
        (Ask(("travel",), 2880, Venue.TRAVEL), 620000),
        (Ask(("dinner",), 60, Venue.INCALL), 30000),
    ],
    ids=["outcall", "night", "travel", "incall"],
)
def test_what_the_venue_brings_along(ask: Ask, total: int) -> None:
    assert priced(ask, CARD, EXTRAS).total == Money(total, "EUR")


def test_another_currency() -> None:
    quote = priced(Ask(("dinner",), 90, Venue.INCALL, currency="GBP"), CARD, EXTRAS)

    assert quote.total == Money(37500, "GBP")
    with pytest.raises(Invalid, match="EUR"):
        priced(Ask(("dinner",), 90, Venue.INCALL, ("flowers",), "GBP"), CARD, EXTRAS)


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (Ask((), 60, Venue.INCALL), "services"),
        (Ask(("dinner", "yoga"), 60, Venue.INCALL), "services.1"),
        (Ask(("dinner",), 60, Venue.TRAVEL), "services"),
        (Ask(("overnight",), 720, Venue.INCALL), "venue"),
        (Ask(("dinner",), 45, Venue.INCALL), "duration"),
        (Ask(("dinner",), 14 * 1440 + 15, Venue.INCALL), "duration"),
        (Ask(("dinner",), 60, Venue.INCALL, ("pony",)), "extras.0"),
        (Ask(("dinner",), 60, Venue.INCALL, ("taxi",)), "extras.0"),
        (Ask(("dinner",), 60, Venue.INCALL, (), "CHF"), "currency"),
    ],
    ids=["none", "unknown", "not-travel", "not-here", "short", "long", "extra", "own", "money"],
)
def test_what_the_card_does_not_offer(ask: Ask, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        priced(ask, CARD, EXTRAS)

    assert caught.value.field == field


def test_one_venue() -> None:
    assert venue_of(None, is_outcall=True) is Venue.OUTCALL
    assert venue_of(Venue.INCALL, is_incall=True, is_outcall=False) is Venue.INCALL
    for arguments in ((None, True, True), (None, False, None), (Venue.TRAVEL, True, None)):
        with pytest.raises(Invalid) as caught:
            venue_of(arguments[0], is_incall=arguments[1], is_outcall=arguments[2])
        assert caught.value.field == "venue"


@settings(deadline=None)
@given(
    total=st.integers(1, 10_000_000),
    paid=st.integers(0, 10_000_000),
    hours=st.lists(st.integers(-5, 100), min_size=2, max_size=2),
)
def test_cancelling_later_never_costs_less(total: int, paid: int, hours: list[int]) -> None:
    policy, price = Policy(1, (Step(2, 100), Step(24, 50), Step(48, 10))), Money(total, "EUR")
    late, early = (
        policy.fee(price, NOON, NOON + timedelta(hours=number)) for number in sorted(hours)
    )

    assert price.minor_units >= late.minor_units >= early.minor_units >= 0
    settlement = settled(late, Money(paid, "EUR"))
    assert paid + settlement.owed.minor_units == (
        settlement.fee.minor_units + settlement.refund.minor_units
    )
    assert not (settlement.owed.minor_units and settlement.refund.minor_units)


@pytest.mark.parametrize(
    ("left", "percent"), [(25, 0), (24, 0), (23.99, 50), (4, 50), (3.9, 100), (-1, 100)]
)
def test_the_house_policy(left: float, percent: int) -> None:
    fee = DEFAULT.fee(Money(1001, "EUR"), NOON, NOON + timedelta(hours=left))

    assert fee.minor_units == -(-1001 * percent // 100)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(1, (Step(24, 101),)), Policy(1, (Step(0, 10),)), Policy(1, (Step(5, 1), Step(5, 1))),
        Policy(1, (Step(4, 10), Step(24, 50))), Policy(1, (), 101), Policy(1, (), 100, -1),
        Policy(1, (), 100, 0, 0), Policy(1, tuple(Step(n, 1) for n in range(1, 9))),
    ],
    ids=["percent", "hours", "twice", "order", "no-show", "deposit", "deposit-hours", "many"],
)  # fmt: skip
def test_a_policy_that_cannot_be_meant(policy: Policy) -> None:
    with pytest.raises(Invalid):
        checked(policy)
