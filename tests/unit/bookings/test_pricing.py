"""Prices of meetings and cancellation fees."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.domain.policy import DEFAULT_POLICY, Policy, PolicyStep, settle_fee, validate_policy
from bookings.domain.pricing import (
    Extra,
    ExtraTrigger,
    QuoteRequest,
    Rate,
    compute_quote,
    price_for,
)
from bookings.domain.venue import Venue, resolve_venue
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
    Extra("taxi", "Taxi", Money(3000, "EUR"), ExtraTrigger.OUTCALL),
    Extra("hurry", "Short notice", Money(5000, "EUR"), ExtraTrigger.URGENT),
    Extra("breakfast", "Breakfast", Money(1500, "EUR"), ExtraTrigger.OVERNIGHT),
    Extra("flight", "Flight", Money(20000, "EUR"), ExtraTrigger.TRAVEL),
]


@pytest.mark.parametrize(
    ("minutes", "price"),
    [
        (60, 30000), (90, 45000), (105, 50000), (120, 50000), (150, 62500), (180, 75000),
        (210, 80000), (240, 80000), (300, 100000), (30, None),
    ],
)  # fmt: skip
def test_price_for_intermediate_duration_is_interpolated(minutes: int, price: int | None) -> None:
    assert price_for(minutes, [(60, 30000), (120, 50000), (240, 80000)]) == price


_CARDS = st.dictionaries(
    st.sampled_from([30, 45, 60, 90, 120, 180, 720]), st.integers(1, 100_000), min_size=1
)


@settings(deadline=None)
@given(card=_CARDS, quarters=st.integers(2, 80))
def test_price_for_is_integer_and_capped_by_longer_price(
    card: dict[int, int], quarters: int
) -> None:
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
def test_price_for_longer_duration_never_costs_less(
    card: dict[int, int], quarters: list[int]
) -> None:
    rising = dict(zip(sorted(card), sorted(card.values()), strict=True))
    short, long = (price_for(15 * number, rising.items()) for number in sorted(quarters))

    assert (short or 0) <= (long or 0)


def test_compute_quote_uses_most_expensive_service_plus_extras() -> None:
    ask = QuoteRequest(("dinner", "massage"), 60, Venue.INCALL, ("flowers",), urgent=True)

    quote = compute_quote(ask, CARD, EXTRAS)

    assert [(line.key, line.amount) for line in quote.lines] == [
        ("massage", 35000), ("flowers", 2000), ("hurry", 5000),
    ]  # fmt: skip
    assert quote.total == Money(42000, "EUR")


def test_compute_quote_ignores_order_of_services() -> None:
    one, other = (compute_quote(QuoteRequest(s, 60, Venue.INCALL, currency="EUR"), CARD, ())
                  for s in (("dinner", "massage"), ("massage", "dinner")))  # fmt: skip

    assert one == other


@pytest.mark.parametrize(
    ("ask", "total"),
    [
        (QuoteRequest(("dinner",), 120, Venue.OUTCALL), 63000),
        (QuoteRequest(("overnight",), 720, Venue.OUTCALL), 184500),
        (QuoteRequest(("travel",), 2880, Venue.TRAVEL), 620000),
        (QuoteRequest(("dinner",), 60, Venue.INCALL), 30000),
    ],
    ids=["outcall", "night", "travel", "incall"],
)
def test_compute_quote_adds_extras_of_venue(ask: QuoteRequest, total: int) -> None:
    assert compute_quote(ask, CARD, EXTRAS).total == Money(total, "EUR")


def test_compute_quote_other_currency_uses_its_rates() -> None:
    quote = compute_quote(QuoteRequest(("dinner",), 90, Venue.INCALL, currency="GBP"), CARD, EXTRAS)

    assert quote.total == Money(37500, "GBP")
    with pytest.raises(Invalid, match="EUR"):
        compute_quote(
            QuoteRequest(("dinner",), 90, Venue.INCALL, ("flowers",), "GBP"), CARD, EXTRAS
        )


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (QuoteRequest((), 60, Venue.INCALL), "services"),
        (QuoteRequest(("dinner", "yoga"), 60, Venue.INCALL), "services.1"),
        (QuoteRequest(("dinner",), 60, Venue.TRAVEL), "services"),
        (QuoteRequest(("overnight",), 720, Venue.INCALL), "venue"),
        (QuoteRequest(("dinner",), 45, Venue.INCALL), "duration"),
        (QuoteRequest(("dinner",), 14 * 1440 + 15, Venue.INCALL), "duration"),
        (QuoteRequest(("dinner",), 60, Venue.INCALL, ("pony",)), "extras.0"),
        (QuoteRequest(("dinner",), 60, Venue.INCALL, ("taxi",)), "extras.0"),
        (QuoteRequest(("dinner",), 60, Venue.INCALL, (), "CHF"), "currency"),
    ],
    ids=["none", "unknown", "not-travel", "not-here", "short", "long", "extra", "own", "money"],
)
def test_compute_quote_not_offered_names_field(ask: QuoteRequest, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        compute_quote(ask, CARD, EXTRAS)

    assert caught.value.field == field


def test_resolve_venue_contradicting_flags_raise_invalid() -> None:
    assert resolve_venue(None, is_outcall=True) is Venue.OUTCALL
    assert resolve_venue(Venue.INCALL, is_incall=True, is_outcall=False) is Venue.INCALL
    for arguments in ((None, True, True), (None, False, None), (Venue.TRAVEL, True, None)):
        with pytest.raises(Invalid) as caught:
            resolve_venue(arguments[0], is_incall=arguments[1], is_outcall=arguments[2])
        assert caught.value.field == "venue"


@settings(deadline=None)
@given(
    total=st.integers(1, 10_000_000),
    paid=st.integers(0, 10_000_000),
    hours=st.lists(st.integers(-5, 100), min_size=2, max_size=2),
)
def test_policy_fee_later_cancellation_never_costs_less(
    total: int, paid: int, hours: list[int]
) -> None:
    policy, price = (
        Policy(1, (PolicyStep(2, 100), PolicyStep(24, 50), PolicyStep(48, 10))),
        Money(total, "EUR"),
    )
    late, early = (
        policy.fee(price, NOON, NOON + timedelta(hours=number)) for number in sorted(hours)
    )

    assert price.minor_units >= late.minor_units >= early.minor_units >= 0
    settlement = settle_fee(late, Money(paid, "EUR"))
    assert paid + settlement.owed.minor_units == (
        settlement.fee.minor_units + settlement.refund.minor_units
    )
    assert not (settlement.owed.minor_units and settlement.refund.minor_units)


@pytest.mark.parametrize(
    ("left", "percent"), [(25, 0), (24, 0), (23.99, 50), (4, 50), (3.9, 100), (-1, 100)]
)
def test_default_policy_fee_by_hours_before_start(left: float, percent: int) -> None:
    fee = DEFAULT_POLICY.fee(Money(1001, "EUR"), NOON, NOON + timedelta(hours=left))

    assert fee.minor_units == -(-1001 * percent // 100)


@pytest.mark.parametrize(
    "policy",
    [
        Policy(1, (PolicyStep(24, 101),)), Policy(1, (PolicyStep(0, 10),)),
        Policy(1, (PolicyStep(5, 1), PolicyStep(5, 1))),
        Policy(1, (PolicyStep(4, 10), PolicyStep(24, 50))), Policy(1, (), 101), Policy(1, (), 100, -1),
        Policy(1, (), 100, 0, 0), Policy(1, tuple(PolicyStep(n, 1) for n in range(1, 9))),
    ],
    ids=["percent", "hours", "twice", "order", "no-show", "deposit", "deposit-hours", "many"],
)  # fmt: skip
def test_validate_policy_invalid_values_raise(policy: Policy) -> None:
    with pytest.raises(Invalid):
        validate_policy(policy)
