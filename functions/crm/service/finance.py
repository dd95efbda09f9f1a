"""What a book comes to: sums for each currency, and an honest look ahead."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.domain.finance import Forecast, Month, forecast, months_between
from crm.repository.clients import ClientRepository
from crm.repository.finance import (
    MonthlyRevenue,
    PlannedRevenue,
    RevenueByClient,
    RevenueByType,
    RevenueInCurrency,
    RevenueRepository,
)
from crm.service.dashboard import time_zone_of
from crm.service.unlocked_context import UnlockedContext

TOP = 10
"""So many names are opened at most."""
AHEAD = 3
_YEAR = 12
_LONG_AGO = Month(0)


@dataclass(frozen=True, slots=True)
class CurrencySummary:
    """All that is said of one currency."""

    whole: RevenueInCurrency
    months: list[MonthlyRevenue]
    types: list[RevenueByType]
    top: list[RevenueByClient]


@dataclass(frozen=True, slots=True)
class Summary:
    """What some months came to; what clients are called, by id."""

    first: Month
    last: Month
    currencies: list[CurrencySummary]
    names: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class ForecastMonth:
    """A month ahead, in one currency: what is planned, and beside it what is usual. Nothing is added up."""

    month: Month
    currency: str
    planned: PlannedRevenue
    usual: Forecast


class RevenueService:
    """The money of one open book."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._financial = RevenueRepository(context.work, context.provider_id)
        self._this = this_month(context)

    def summary(
        self, first: Month | None, last: Month | None, currency: str | None = None
    ) -> Summary:
        """Return what some months came to; without a word, the year up to this month."""
        last = last or (first + (_YEAR - 1) if first else self._this)
        first = first or last + -(_YEAR - 1)
        months = months_between(first, last)
        wholes = self._financial.whole(first, last)
        if currency is not None:
            wholes = [one for one in wholes if one.currency == currency] or [_nothing(currency)]
        # So that all of them together are no more than so many names.
        top = self._financial.top_clients(first, last, max(TOP // max(len(wholes), 1), 1))
        took_place, types = self._financial.months(first, last), self._financial.types(first, last)
        said = [
            CurrencySummary(
                whole,
                _every_month(months, whole.currency, took_place),
                [one for one in types if one.currency == whole.currency],
                [one for one in top if one.currency == whole.currency],
            )
            for whole in wholes
        ]
        named = [one.client_id for each in said for one in each.top][:TOP]
        clients = ClientRepository(self._context.work, self._context.vault)
        return Summary(first, last, said, clients.names(named))

    def of_client(self, client_id: UUID) -> list[RevenueByClient]:
        """Return all that somebody ever brought; raise `NotFound`."""
        ClientRepository(self._context.work, self._context.vault).get(client_id)
        return self._financial.of_client(client_id)

    def forecast(self) -> list[ForecastMonth]:
        """Return the next months: what is planned, and what such months brought until now."""
        history = self._financial.months(_LONG_AGO, self._this)
        planned = self._financial.planned(self._this, self._this + AHEAD)
        found = {(one.currency, one.month): one for one in planned}
        coming = []
        currencies = {one.currency for one in history} | {one.currency for one in planned}
        for currency in sorted(currencies):
            received = {
                one.month: one.received_minor for one in history if one.currency == currency
            }
            for month in months_between(self._this + 1, self._this + AHEAD):
                none = PlannedRevenue(month=month, currency=currency, visits=0, due_minor=0)
                plan = found.get((currency, month), none)
                coming.append(
                    ForecastMonth(month, currency, plan, forecast(month, received, self._this))
                )
        return coming


def this_month(context: UnlockedContext) -> Month:
    """Return the month that it is where she is."""
    return Month.at(context.now().astimezone(ZoneInfo(time_zone_of(context))))


def _every_month(
    months: list[Month], currency: str, found: list[MonthlyRevenue]
) -> list[MonthlyRevenue]:
    known = {one.month: one for one in found if one.currency == currency}
    return [
        known.get(month)
        or MonthlyRevenue(
            month=month, currency=currency, visits=0, clients=0, received_minor=0, expenses_minor=0
        )
        for month in months
    ]


def _nothing(currency: str) -> RevenueInCurrency:
    return RevenueInCurrency(
        currency=currency,
        visits=0,
        clients=0,
        received_minor=0,
        expenses_minor=0,
        average_rate_minor=None,
        outstanding_minor=0,
        unkept_minor=0,
    )
