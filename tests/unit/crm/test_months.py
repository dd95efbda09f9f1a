"""Months, and what a coming one may bring."""

from datetime import UTC, datetime

import pytest

from crm.domain.finance import Basis, Month, months_between, usual
from kit.errors import Invalid

THIS = Month.of("2026-11")


def test_a_month_is_written_as_it_is_read() -> None:
    for text in ("2026-01", "2026-12", "2199-06"):
        assert str(Month.of(text)) == text
    assert str(Month.of("2026-11") + 3) == "2027-02"
    assert str(Month.of("2026-01") + -1) == "2025-12"
    assert Month.at(datetime(2026, 11, 30, 23, tzinfo=UTC)) == THIS


def test_all_between() -> None:
    assert [str(one) for one in months_between(Month.of("2025-12"), Month.of("2026-02"))] == [
        "2025-12",
        "2026-01",
        "2026-02",
    ]
    with pytest.raises(Invalid):
        months_between(THIS, THIS + -1)
    with pytest.raises(Invalid):
        months_between(THIS, THIS + 60)


def test_two_years_of_the_same_month_are_a_basis() -> None:
    received = {Month.of("2024-12"): 90, Month.of("2025-12"): 30, Month.of("2026-10"): 7_000}
    found = usual(Month.of("2026-12"), received, THIS)
    assert (found.amount_minor, found.basis) == (60, Basis.SAME_MONTHS)
    assert [str(month) for month in found.months] == ["2024-12", "2025-12"]


def test_a_month_without_visits_counts_as_nothing() -> None:
    found = usual(Month.of("2026-12"), {Month.of("2024-11"): 50}, THIS)
    assert (found.amount_minor, found.basis) == (0, Basis.SAME_MONTHS)


def test_else_the_latest_whole_months_since_she_began() -> None:
    received = {Month.of("2026-07"): 400, THIS: 9_999}
    found = usual(Month.of("2026-12"), received, THIS)
    assert (found.amount_minor, found.basis) == (100, Basis.LATEST_MONTHS)
    assert [str(month) for month in found.months] == ["2026-07", "2026-08", "2026-09", "2026-10"]


def test_two_months_are_no_basis() -> None:
    for received in ({}, {THIS: 100}, {Month.of("2026-09"): 100}):
        found = usual(Month.of("2026-12"), received, THIS)
        assert (found.amount_minor, found.basis, found.months) == (None, Basis.NONE, ())
