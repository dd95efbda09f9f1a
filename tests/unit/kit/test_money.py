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


@given(amounts, st.sampled_from([("CHF", 2), ("JPY", 0), ("KWD", 3), ("XAF", 0), ("TND", 3)]))
def test_money_text_has_exact_amount(amount: int, kind: tuple[str, int]) -> None:
    currency, exponent = kind
    name, _, number = str(Money(amount, currency)).partition(" ")
    whole, _, part = number.replace(",", "").partition(".")

    assert name == currency
    assert len(part) in {0, exponent}
    sign = -1 if whole.startswith("-") else 1
    assert sign * (abs(int(whole)) * 10**exponent + int(part or "0")) == amount


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(0, "CHF"), "CHF 0"),
        (Money(5, "CHF"), "CHF 0.05"),
        (Money(-5, "CHF"), "CHF -0.05"),
        (Money(120_000, "CHF"), "CHF 1,200"),
        (Money(123_450, "EUR"), "EUR 1,234.50"),
        (Money(1500, "JPY"), "JPY 1,500"),
        (Money(1500, "KWD"), "KWD 1.500"),
    ],
)
def test_money_text_is_formatted(money: Money, text: str) -> None:
    assert str(money) == text


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
