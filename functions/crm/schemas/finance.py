"""Money, as the API shows it: amounts in the smallest unit of the currency that they stand under."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from crm.domain.enums import VisitType
from crm.domain.finance import ForecastBasis, Month
from crm.repository.finance import RevenueByClient
from crm.schemas.fields import Currency
from crm.service.finance import CurrencySummary, ForecastMonth, Summary
from kit.http import Request, Response

MonthText = Annotated[str, StringConstraints(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$")]


class SummaryQuery(Request):
    """Which months, both included; without them the year up to this month."""

    since: MonthText | None = Field(default=None, alias="from")
    to: MonthText | None = None
    currency: Currency | None = None

    def first(self) -> Month | None:
        """Return the first month."""
        return Month.parse(self.since) if self.since else None

    def last(self) -> Month | None:
        """Return the last month."""
        return Month.parse(self.to) if self.to else None


class RevenueTotalView(Response):
    """What some visits that took place brought."""

    visits: int
    received_minor: int
    expenses_minor: int
    net_minor: int


class MonthView(RevenueTotalView):
    """One month; one without visits is zero."""

    month: str
    clients: int


class TypeView(RevenueTotalView):
    """One type of visits."""

    type: VisitType


class TopClientView(RevenueTotalView):
    """Somebody who brought much."""

    client_id: UUID
    name: str


class CurrencyView(RevenueTotalView):
    """All of one currency. Nothing is ever added across currencies."""

    currency: str
    clients: int
    average_rate_minor: int | None = Field(description="What was agreed for a visit, on average.")
    outstanding_minor: int = Field(description="Agreed, took place, and did not come yet.")
    unkept_minor: int = Field(
        description="Received for visits that were called off or missed; not part of `received`."
    )
    months: list[MonthView]
    types: list[TypeView]
    top_clients: list[TopClientView]

    @classmethod
    def from_domain(cls, one: CurrencySummary, names: dict[UUID, str]) -> "CurrencyView":
        """Return a currency as it is shown."""
        whole = one.whole
        return cls(
            **_sum(whole),
            currency=whole.currency,
            clients=whole.clients,
            average_rate_minor=whole.average_rate_minor,
            outstanding_minor=whole.outstanding_minor,
            unkept_minor=whole.unkept_minor,
            months=[
                MonthView(**_sum(month), month=str(month.month), clients=month.clients)
                for month in one.months
            ],
            types=[TypeView(**_sum(kind), type=kind.type) for kind in one.types],
            top_clients=[
                TopClientView(
                    **_sum(client),
                    client_id=client.client_id,
                    name=names.get(client.client_id, ""),
                )
                for client in one.top
            ],
        )


class SummaryView(Response):
    """What some months came to."""

    first: str = Field(serialization_alias="from")
    to: str
    currencies: list[CurrencyView]

    @classmethod
    def from_domain(cls, summary: Summary) -> "SummaryView":
        """Return it as it is shown."""
        return cls(
            first=str(summary.first),
            to=str(summary.last),
            currencies=[CurrencyView.from_domain(one, summary.names) for one in summary.currencies],
        )


class ClientSumView(RevenueTotalView):
    """All that somebody ever brought in a currency."""

    currency: str
    first_visit_at: datetime
    last_visit_at: datetime


class ClientRevenueView(Response):
    """All that somebody ever brought."""

    client_id: UUID
    currencies: list[ClientSumView]

    @classmethod
    def from_domain(cls, client_id: UUID, found: list[RevenueByClient]) -> "ClientRevenueView":
        """Return it as it is shown."""
        return cls(
            client_id=client_id,
            currencies=[
                ClientSumView(
                    **_sum(one),
                    currency=one.currency,
                    first_visit_at=one.first_visit_at,
                    last_visit_at=one.last_visit_at,
                )
                for one in found
            ],
        )


class ForecastMonthView(Response):
    """A month ahead. `planned` is what stands in the book, `usual` a mean: neither is a promise, nor their sum."""

    month: str
    currency: str
    planned_visits: int
    planned_minor: int
    usual_minor: int | None
    usual_basis: ForecastBasis = Field(
        description="The mean of the same months of the years before, or of the latest months."
    )
    usual_months: list[str] = Field(description="Of which months it is the mean.")

    @classmethod
    def from_domain(cls, one: ForecastMonth) -> "ForecastMonthView":
        """Return it as it is shown."""
        return cls(
            month=str(one.month),
            currency=one.currency,
            planned_visits=one.planned.visits,
            planned_minor=one.planned.due_minor,
            usual_minor=one.usual.amount_minor,
            usual_basis=one.usual.basis,
            usual_months=[str(month) for month in one.usual.months],
        )


class ForecastView(Response):
    """The next months."""

    months: list[ForecastMonthView]


def _sum(one: Any) -> dict[str, int]:
    return {name: getattr(one, name) for name in RevenueTotalView.model_fields}
