"""Amounts of money: whole minor units and an ISO 4217 code; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

# Digits after the point, for the currencies where it is not two (ISO 4217, list one).
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in `currency`'s minor units (cents, rappen, yen)."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor_units) is not int:
            raise TypeError("an amount is a whole number of minor units")
        code = self.currency
        if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError(f"not an ISO 4217 code: {code!r}")

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.minor_units + other.minor_units, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.minor_units - other.minor_units, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor_units * count, self.currency)

    def in_whole_units(self) -> Decimal:
        """Return the amount in major units: 500.00 and not 50000."""
        return Decimal(self.minor_units).scaleb(-_EXPONENTS.get(self.currency, 2))

    @property
    def is_whole(self) -> bool:
        """Tell whether the amount has no cents."""
        cents_per_unit: int = 10 ** _EXPONENTS.get(self.currency, 2)
        return self.minor_units % cents_per_unit == 0

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
