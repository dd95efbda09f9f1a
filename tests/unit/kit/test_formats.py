from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import formats
from kit.i18n import PSEUDO_LANGUAGE, use_language
from kit.money import Money

MOMENT = datetime(2026, 12, 1, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(123450, "EUR"), "EUR 1,234.50"),
        (Money(50000, "EUR"), "EUR 500"),
        (Money(5, "EUR"), "EUR 0.05"),
        (Money(-1250, "CHF"), "CHF -12.50"),
        (Money(1500, "JPY"), "JPY 1,500"),
        (Money(1500, "KWD"), "KWD 1.500"),
        (Money(120_000, "CHF"), "CHF 1,200"),
        (Money(-5, "CHF"), "CHF -0.05"),
        (Money(0, "EUR"), "EUR 0"),
    ],
)
def test_format_money_in_english_has_code_and_needed_decimals(amount: Money, text: str) -> None:
    assert formats.format_money(amount) == text


@given(
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.sampled_from([("CHF", 2), ("JPY", 0), ("KWD", 3), ("XAF", 0), ("TND", 3)]),
)
def test_format_money_shows_exact_amount(amount: int, kind: tuple[str, int]) -> None:
    currency, exponent = kind
    name, _, number = formats.format_money(Money(amount, currency)).partition(" ")
    whole, _, part = number.replace(",", "").partition(".")

    assert name == currency
    assert len(part) in {0, exponent}
    sign = -1 if whole.startswith("-") else 1
    assert sign * (abs(int(whole)) * 10**exponent + int(part or "0")) == amount


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("weekday", "Tuesday, 1 December 2026"),
        ("long", "1 December 2026"),
        ("short", "1 Dec 2026"),
        ("short-weekday", "Tue, 1 Dec 2026"),
        ("weekday-this-year", "Tuesday 1 December"),
        ("long-this-year", "1 December"),
        ("short-this-year", "Tue 1 Dec"),
        ("month", "December 2026"),
    ],
)
def test_format_date_in_each_style(style: formats.DateStyle, text: str) -> None:
    assert formats.format_date(date(2026, 12, 1), style) == text


def test_format_datetime_shows_clock_of_time_zone() -> None:
    assert formats.format_datetime(MOMENT, "Asia/Tokyo") == "2 December 2026, 02:05"
    assert formats.format_datetime(MOMENT) == "1 December 2026, 17:05"
    assert formats.format_time(time(9, 30)) == "09:30"


def test_format_period_over_midnight_names_both_days() -> None:
    end = MOMENT.replace(hour=19)
    assert formats.format_period(MOMENT, end, "UTC") == "Tuesday, 1 December 2026, 17:05–19:05"
    assert formats.format_period(MOMENT, end, "Asia/Shanghai", "short") == "2 Dec 2026, 01:05–03:05"
    assert (
        formats.format_period(MOMENT, MOMENT.replace(day=2), "UTC", "short")
        == "1 Dec 2026, 17:05 to 2 Dec 2026, 17:05"
    )


def test_format_date_range_leaves_out_what_both_share() -> None:
    assert (
        formats.format_date_range(date(2026, 12, 1), date(2026, 12, 5))
        == "1\u2009–\u20095 Dec 2026"
    )
    assert formats.format_date_range(date(2026, 12, 1), date(2026, 12, 1)) == "1 Dec 2026"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (30, "30 minutes"),
        (60, "1 hour"),
        (150, "2 hours 30 minutes"),
        (1440, "24 hours"),
        (4320, "3 days"),
    ],
)
def test_format_duration_in_words(minutes: int, text: str) -> None:
    assert formats.format_duration(minutes) == text


def test_names_and_lists_in_english() -> None:
    assert (formats.weekday_name(0), formats.weekday_name(6, "abbreviated")) == ("Monday", "Sun")
    assert (formats.month_name(1), formats.language_name("pt")) == ("January", "Portuguese")
    assert (formats.territory_name("DE"), formats.language_name("xx-none")) == (
        "Germany",
        "xx-none",
    )
    assert formats.format_list(["a", "b", "c"]) == "a, b and c"
    assert formats.format_list(["a", "b", "c"], "unit-short") == "a, b, c"
    assert [formats.format_number(Decimal(n), 1) for n in ("4", "1234.56")] == ["4.0", "1,234.6"]
    assert (formats.format_number(12345), formats.format_percent(50)) == ("12,345", "50%")


def test_formats_in_pseudo_language_show_no_plain_word(pseudo_catalogue_added: None) -> None:
    with use_language(PSEUDO_LANGUAGE):
        shown = [
            formats.format_date(date(2026, 12, 1), "weekday"),
            formats.format_duration(90),
            formats.language_name("pt"),
            formats.month_name(5),
        ]
        assert formats.format_money(Money(500, "EUR")) == "EUR 5"
    assert not [text for text in shown if text.isascii()]
