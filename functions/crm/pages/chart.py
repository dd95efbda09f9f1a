"""Bar chart of months: shapes for a template; a table beside it shows the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.repository.dashboard import Month
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
    rows: list[tuple[str, str, str, str, int]]
    """Month, received, expenses, net, visits."""
    width: int = WIDTH
    height: int = HEIGHT


def charts(months: Sequence[Month], names: Sequence[str]) -> list[Chart]:
    """Return a chart per currency, the one with most visits first."""
    currencies = {month.currency for month in months}
    found = [_chart([m for m in months if m.currency == one], one, names) for one in currencies]
    return sorted(found, key=lambda chart: (-sum(row[4] for row in chart.rows), chart.currency))


def _chart(months: Sequence[Month], currency: str, names: Sequence[str]) -> Chart:
    by_name = {month.month: month for month in months}
    top = _round(max(max(m.received_minor, m.expenses_minor) for m in months))
    slot = WIDTH / len(names)
    columns, rows = [], []
    for number, name in enumerate(names):
        month = by_name.get(name)
        received = month.received_minor if month else 0
        expenses = month.expenses_minor if month else 0
        left = number * slot + slot * (1 - 2 * _BAR) / 2
        columns.append(
            Column(
                label=_SHORT[int(name[5:]) - 1],
                received=_bar(left, slot, received, top),
                expenses=_bar(left + slot * _BAR, slot, expenses, top),
            )
        )
        amounts = (received, expenses, received - expenses)
        labels = [str(Money(amount, currency)) for amount in amounts]
        rows.append((name, labels[0], labels[1], labels[2], month.visits if month else 0))
    top_label, middle = (str(Money(amount, currency)) for amount in (top, top // 2))
    return Chart(currency, columns, top_label, middle, rows[::-1])


def _bar(x: float, slot: float, amount: int, top: int) -> Bar:
    height = HEIGHT * amount / top
    return Bar(round(x, 1), round(HEIGHT - height, 1), round(slot * _BAR - 2, 1), round(height, 1))


def _round(most: int) -> int:
    """Return a round amount that is not below `most`."""
    steps = (first * 10**power for power in range(2, 15) for first in (1, 2, 3, 4, 5, 6, 8))
    return next((step for step in steps if step >= most), most)


_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
