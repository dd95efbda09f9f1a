"""Money: whole minor units, one currency."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import Money

amounts = st.integers(min_value=-(2**63), max_value=2**63 - 1)
currencies = st.sampled_from(["CHF", "EUR", "JPY", "KWD", "USD"])


@given(amounts, amounts, currencies)
def test_money_addition_and_subtraction_are_inverse(one: int, other: int, currency: str) -> None:
    a, b = Money(one, currency), Money(other, currency)

    assert (a + b) - b == a
    assert a + b == b + a


@given(amounts, st.integers(0, 1000), currencies)
def test_money_multiplication_is_repeated_addition(amount: int, count: int, currency: str) -> None:
    assert (Money(amount, currency) * count).minor_units == sum([amount] * count)


@given(amounts, amounts)
def test_money_of_two_currencies_cannot_be_added(one: int, other: int) -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        Money(one, "CHF") + Money(other, "EUR")
    with pytest.raises(ValueError, match="cannot mix"):
        Money(one, "CHF") - Money(other, "EUR")


@pytest.mark.parametrize("code", ["", "CH", "CHFR", "chf", "C1F", "ÄÖÜ", "CH "])
def test_money_currency_must_be_iso_code(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, code)


@pytest.mark.parametrize("amount", [1.5, 1.0, "1", None, True])
def test_money_amount_must_be_integer(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount, "CHF")


def test_money_factor_must_be_integer() -> None:
    factor: Any = 0.5
    with pytest.raises(TypeError):
        Money(1, "CHF") * factor
