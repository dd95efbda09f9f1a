"""JSON schemas of revenue: amounts in the smallest unit of their currency."""

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
    """Query parameters of a summary: months, both included; by default, the year up to the current month."""

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
    """Revenue of completed visits."""

    visits: int
    received_minor: int
    expenses_minor: int
    net_minor: int


class MonthView(RevenueTotalView):
    """Revenue of a month; zero without visits."""

    month: str
    clients: int


class TypeView(RevenueTotalView):
    """Revenue of one type of visits."""

    type: VisitType


class TopClientView(RevenueTotalView):
    """Client with high revenue."""

    client_id: UUID
    name: str


class CurrencyView(RevenueTotalView):
    """Revenue in one currency. Currencies are never added together."""

    currency: str
    clients: int
    average_rate_minor: int | None = Field(description="Average rate of a visit.")
    outstanding_minor: int = Field(description="Price of completed visits that is not paid yet.")
    unkept_minor: int = Field(
        description="Received for cancelled visits and no-shows; not part of `received`."
    )
    months: list[MonthView]
    types: list[TypeView]
    top_clients: list[TopClientView]

    @classmethod
    def from_domain(cls, one: CurrencySummary, names: dict[UUID, str]) -> "CurrencyView":
        """Return the view of a currency."""
        total = one.total
        return cls(
            **_sum(total),
            currency=total.currency,
            clients=total.clients,
            average_rate_minor=total.average_rate_minor,
            outstanding_minor=total.outstanding_minor,
            unkept_minor=total.unkept_minor,
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
    """Revenue of a range of months."""

    first: str = Field(serialization_alias="from")
    to: str
    currencies: list[CurrencyView]

    @classmethod
    def from_domain(cls, summary: Summary) -> "SummaryView":
        """Return the view of a summary."""
        return cls(
            first=str(summary.first),
            to=str(summary.last),
            currencies=[CurrencyView.from_domain(one, summary.names) for one in summary.currencies],
        )


class ClientSumView(RevenueTotalView):
    """Revenue of a client over all time, in one currency."""

    currency: str
    first_visit_at: datetime
    last_visit_at: datetime


class ClientRevenueView(Response):
    """Revenue of a client over all time."""

    client_id: UUID
    currencies: list[ClientSumView]

    @classmethod
    def from_domain(cls, client_id: UUID, found: list[RevenueByClient]) -> "ClientRevenueView":
        """Return the view of a client's revenue."""
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
    """Forecast of a month. `planned` is the sum of planned visits, `usual` a mean; neither is certain, and they are
    not added up.
    """

    month: str
    currency: str
    planned_visits: int
    planned_minor: int
    usual_minor: int | None
    usual_basis: ForecastBasis = Field(
        description="Mean of the same months of earlier years, or of the latest months."
    )
    usual_months: list[str] = Field(description="Months of which it is the mean.")

    @classmethod
    def from_domain(cls, one: ForecastMonth) -> "ForecastMonthView":
        """Return the view of a forecast month."""
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
    """Forecast of the coming months."""

    months: list[ForecastMonthView]


def _sum(one: Any) -> dict[str, int]:
    return {name: getattr(one, name) for name in RevenueTotalView.model_fields}
