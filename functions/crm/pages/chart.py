"""Months as bars, drawn here: shapes for a template to write; the numbers themselves stand in a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.repository.overview import Month
from kit.money import Money

WIDTH, HEIGHT, FLOOR = 720, 220, 190
_BAR, _TOP = 0.36, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One month."""

    label: str
    x: float
    received: Bar
    expenses: Bar


@dataclass(frozen=True, slots=True)
class Chart:
    """A year in one currency."""

    currency: str
    columns: list[Column]
    lines: list[tuple[float, str]]
    """Height and amount of each line across."""
    rows: list[tuple[str, str, str, str, int]]
    """Month, received, expenses, what is left, visits."""
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR


def charts(months: Sequence[Month], names: Sequence[str]) -> list[Chart]:
    """Return a chart per currency, the one with most visits first."""
    currencies = {month.currency for month in months}
    found = [_chart([m for m in months if m.currency == one], one, names) for one in currencies]
    return sorted(found, key=lambda chart: (-sum(row[4] for row in chart.rows), chart.currency))


def _chart(months: Sequence[Month], currency: str, names: Sequence[str]) -> Chart:
    by_name = {month.month: month for month in months}
    step = _step(max((max(m.received_minor, m.expenses_minor) for m in months), default=0))
    top = step * 4
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
                x=round(number * slot + slot / 2, 1),
                received=_bar(left, slot, received, top),
                expenses=_bar(left + slot * _BAR, slot, expenses, top),
            )
        )
        amounts = (received, expenses, received - expenses)
        said = [str(Money(amount, currency)) for amount in amounts]
        rows.append((name, said[0], said[1], said[2], month.visits if month else 0))
    lines = [
        (round(FLOOR - (FLOOR - _TOP) * n / 4, 1), str(Money(step * n, currency))) for n in (2, 4)
    ]
    return Chart(currency, columns, lines, rows[::-1])


def _bar(x: float, slot: float, amount: int, top: int) -> Bar:
    height = (FLOOR - _TOP) * amount / top if top else 0
    return Bar(round(x, 1), round(FLOOR - height, 1), round(slot * _BAR - 2, 1), round(height, 1))


def _step(most: int) -> int:
    """Return a quarter of a round number above `most`."""
    step = 25
    for factor in _steps():
        step = 25 * factor
        if step * 4 >= most:
            break
    return step


def _steps() -> list[int]:
    return [first * 10**power for power in range(12) for first in (1, 2, 4)]


_SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
