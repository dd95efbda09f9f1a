"""Revenue summaries per currency, and a forecast."""

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

MAX_TOP_CLIENTS = 10
"""Most client names decrypted for a summary."""
FORECAST_MONTHS = 3
_YEAR = 12
_FIRST_MONTH = Month(0)


@dataclass(frozen=True, slots=True)
class CurrencySummary:
    """Revenue of a range of months in one currency."""

    total: RevenueInCurrency
    months: list[MonthlyRevenue]
    types: list[RevenueByType]
    top: list[RevenueByClient]


@dataclass(frozen=True, slots=True)
class Summary:
    """Revenue summary of a range of months, with the names of clients by id."""

    first: Month
    last: Month
    currencies: list[CurrencySummary]
    names: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class ForecastMonth:
    """Forecast of a month in one currency: planned visits and the usual amount, which are not added up."""

    month: Month
    currency: str
    planned: PlannedRevenue
    usual: Forecast


class RevenueService:
    """Revenue of one unlocked workspace."""

    def __init__(self, context: UnlockedContext) -> None:
        self._context = context
        self._revenue = RevenueRepository(context.work, context.provider_id)
        self._this = this_month(context)

    def summary(
        self, first: Month | None, last: Month | None, currency: str | None = None
    ) -> Summary:
        """Return the revenue of a range of months; by default, the year up to the current month."""
        last = last or (first + (_YEAR - 1) if first else self._this)
        first = first or last + -(_YEAR - 1)
        months = months_between(first, last)
        totals = self._revenue.totals(first, last)
        if currency is not None:
            totals = [one for one in totals if one.currency == currency] or [
                _zero_revenue(currency)
            ]
        # Divide the limit between the currencies, so that all of them together decrypt no more names.
        top = self._revenue.top_clients(first, last, max(MAX_TOP_CLIENTS // max(len(totals), 1), 1))
        visited_months, types = self._revenue.months(first, last), self._revenue.types(first, last)
        summaries = [
            CurrencySummary(
                total,
                _fill_months(months, total.currency, visited_months),
                [one for one in types if one.currency == total.currency],
                [one for one in top if one.currency == total.currency],
            )
            for total in totals
        ]
        named_ids = [one.client_id for each in summaries for one in each.top][:MAX_TOP_CLIENTS]
        clients = ClientRepository(self._context.work, self._context.vault)
        return Summary(first, last, summaries, clients.names(named_ids))

    def revenue_of_client(self, client_id: UUID) -> list[RevenueByClient]:
        """Return the revenue of a client over all time; raise `NotFound`."""
        ClientRepository(self._context.work, self._context.vault).get(client_id)
        return self._revenue.totals_of_client(client_id)

    def forecast(self) -> list[ForecastMonth]:
        """Return the coming months: planned visits, and the usual revenue of such months."""
        history = self._revenue.months(_FIRST_MONTH, self._this)
        planned = self._revenue.planned(self._this, self._this + FORECAST_MONTHS)
        found = {(one.currency, one.month): one for one in planned}
        forecasts = []
        currencies = {one.currency for one in history} | {one.currency for one in planned}
        for currency in sorted(currencies):
            received = {
                one.month: one.received_minor for one in history if one.currency == currency
            }
            for month in months_between(self._this + 1, self._this + FORECAST_MONTHS):
                none = PlannedRevenue(month=month, currency=currency, visits=0, due_minor=0)
                plan = found.get((currency, month), none)
                forecasts.append(
                    ForecastMonth(month, currency, plan, forecast(month, received, self._this))
                )
        return forecasts


def this_month(context: UnlockedContext) -> Month:
    """Return the current month in the workspace's time zone."""
    return Month.at(context.now().astimezone(ZoneInfo(time_zone_of(context))))


def _fill_months(
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


def _zero_revenue(currency: str) -> RevenueInCurrency:
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
