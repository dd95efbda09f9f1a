"""Calendar months for revenue, and the forecast of a month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Invalid
from kit.i18n import gettext as _

MOST = 60
SAME, LATEST = 3, 12
"""Years of the same month that a forecast uses, and the number of latest months that replace them."""
_FEWEST_SAME, _FEWEST_LATEST = 2, 3


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """Calendar month, independent of a time zone."""

    number: int
    """Months since the year 0."""

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Return the month of a text such as "2026-11"."""
        year, _, month = text.partition("-")
        return cls(int(year) * 12 + int(month) - 1)

    @classmethod
    def at(cls, moment: datetime) -> "Month":
        """Return the month of a moment."""
        return cls(moment.year * 12 + moment.month - 1)

    def __add__(self, months: int) -> "Month":
        return Month(self.number + months)

    def __str__(self) -> str:
        year, month = divmod(self.number, 12)
        return f"{year:04}-{month + 1:02}"


def months_between(first: Month, last: Month) -> list[Month]:
    """Return both months and all between; raise `Invalid` for an empty or too long range."""
    if not 0 <= last.number - first.number < MOST:
        raise Invalid(
            "range", _("Enter a month that is not before `from`; a range has at most %(most)s months.", most=MOST),
            field="to",
        )  # fmt: skip
    return [Month(number) for number in range(first.number, last.number + 1)]


class ForecastBasis(StrEnum):
    """Months of which a usual amount is the mean."""

    SAME_MONTHS = "same-months"
    """The same month of earlier years."""
    LATEST_MONTHS = "latest-months"
    """The latest whole months, if there are too few years."""
    NONE = "none"
    """Too few months are known."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Average revenue of a month, and the months of which it is the mean."""

    amount_minor: int | None
    basis: ForecastBasis
    months: tuple[Month, ...]


def forecast(month: Month, received: Mapping[Month, int], this: Month) -> Forecast:
    """Return the forecast for a coming `month` from the whole months before `this`; a month without revenue counts
    as zero.
    """
    begun = min(received, default=this)
    same = tuple(month + -12 * n for n in range(SAME, 0, -1) if begun <= month + -12 * n < this)
    if len(same) >= _FEWEST_SAME:
        return Forecast(_mean(same, received), ForecastBasis.SAME_MONTHS, same)
    latest = tuple(this + -n for n in range(LATEST, 0, -1) if begun <= this + -n)
    if len(latest) >= _FEWEST_LATEST:
        return Forecast(_mean(latest, received), ForecastBasis.LATEST_MONTHS, latest)
    return Forecast(None, ForecastBasis.NONE, ())


def _mean(months: tuple[Month, ...], received: Mapping[Month, int]) -> int:
    return round(sum(received.get(month, 0) for month in months) / len(months))
