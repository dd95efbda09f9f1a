"""Bar chart of months: shapes for a template; a table beside it shows the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.domain.finance import Month
from crm.repository.finance import MonthlyRevenue
from kit import formats
from kit.money import Money

WIDTH, HEIGHT = 720, 200
_BAR = 0.36


@dataclass(frozen=True, slots=True)
class Bar:
    """Bar of the chart."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """Bars of one month."""

    label: str
    received: Bar
    expenses: Bar


@dataclass(frozen=True, slots=True)
class Chart:
    """Chart of a year in one currency."""

    currency: str
    columns: list[Column]
    top: str
    """Amount at the top of the chart."""
    middle: str
    rows: list[tuple[Month, str, str, str, int]]
    """Month, received, expenses, net, visits."""
    width: int = WIDTH
    height: int = HEIGHT


def charts(revenue: Sequence[MonthlyRevenue], months: Sequence[Month]) -> list[Chart]:
    """Return a chart per currency, the one with most visits first."""
    currencies = {one.currency for one in revenue}
    found = [
        _chart([one for one in revenue if one.currency == currency], currency, months)
        for currency in currencies
    ]
    return sorted(found, key=lambda chart: (-sum(row[4] for row in chart.rows), chart.currency))


def _chart(revenue: Sequence[MonthlyRevenue], currency: str, months: Sequence[Month]) -> Chart:
    by_month = {one.month: one for one in revenue}
    top = _round(max(max(one.received_minor, one.expenses_minor) for one in revenue))
    slot = WIDTH / len(months)
    columns, rows = [], []
    for number, month in enumerate(months):
        found = by_month.get(month)
        received = found.received_minor if found else 0
        expenses = found.expenses_minor if found else 0
        left = number * slot + slot * (1 - 2 * _BAR) / 2
        columns.append(
            Column(
                label=formats.month_name(month.number % 12 + 1, "abbreviated"),
                received=_bar(left, slot, received, top),
                expenses=_bar(left + slot * _BAR, slot, expenses, top),
            )
        )
        amounts = (received, expenses, received - expenses)
        labels = [formats.format_money(Money(amount, currency)) for amount in amounts]
        rows.append((month, labels[0], labels[1], labels[2], found.visits if found else 0))
    top_label, middle = (
        formats.format_money(Money(amount, currency)) for amount in (top, top // 2)
    )
    return Chart(currency, columns, top_label, middle, rows[::-1])


def _bar(x: float, slot: float, amount: int, top: int) -> Bar:
    height = HEIGHT * amount / top
    return Bar(round(x, 1), round(HEIGHT - height, 1), round(slot * _BAR - 2, 1), round(height, 1))


def _round(most: int) -> int:
    """Return a round amount that is not below `most`."""
    steps = (first * 10**power for power in range(2, 15) for first in (1, 2, 3, 4, 5, 6, 8))
    return next((step for step in steps if step >= most), most)
