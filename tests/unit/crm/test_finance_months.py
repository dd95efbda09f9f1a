"""Months and forecasts."""

from datetime import UTC, datetime

import pytest

from crm.domain.finance import ForecastBasis, Month, forecast, months_between
from kit.errors import Invalid

THIS = Month.parse("2026-11")


def test_month_text_round_trips() -> None:
    for text in ("2026-01", "2026-12", "2199-06"):
        assert str(Month.parse(text)) == text
    assert str(Month.parse("2026-11") + 3) == "2027-02"
    assert str(Month.parse("2026-01") + -1) == "2025-12"
    assert Month.at(datetime(2026, 11, 30, 23, tzinfo=UTC)) == THIS


def test_months_between_returns_inclusive_range() -> None:
    assert [str(one) for one in months_between(Month.parse("2025-12"), Month.parse("2026-02"))] == [
        "2025-12",
        "2026-01",
        "2026-02",
    ]
    with pytest.raises(Invalid):
        months_between(THIS, THIS + -1)
    with pytest.raises(Invalid):
        months_between(THIS, THIS + 60)


def test_forecast_uses_same_month_of_two_years() -> None:
    received = {
        Month.parse("2024-12"): 90,
        Month.parse("2025-12"): 30,
        Month.parse("2026-10"): 7_000,
    }
    found = forecast(Month.parse("2026-12"), received, THIS)
    assert (found.amount_minor, found.basis) == (60, ForecastBasis.SAME_MONTHS)
    assert [str(month) for month in found.months] == ["2024-12", "2025-12"]


def test_forecast_month_without_visits_counts_as_zero() -> None:
    found = forecast(Month.parse("2026-12"), {Month.parse("2024-11"): 50}, THIS)
    assert (found.amount_minor, found.basis) == (0, ForecastBasis.SAME_MONTHS)


def test_forecast_falls_back_to_latest_whole_months() -> None:
    received = {Month.parse("2026-07"): 400, THIS: 9_999}
    found = forecast(Month.parse("2026-12"), received, THIS)
    assert (found.amount_minor, found.basis) == (100, ForecastBasis.LATEST_MONTHS)
    assert [str(month) for month in found.months] == ["2026-07", "2026-08", "2026-09", "2026-10"]


def test_forecast_with_two_months_has_no_basis() -> None:
    for received in ({}, {THIS: 100}, {Month.parse("2026-09"): 100}):
        found = forecast(Month.parse("2026-12"), received, THIS)
        assert (found.amount_minor, found.basis, found.months) == (None, ForecastBasis.NONE, ())
