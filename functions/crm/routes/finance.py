"""Money: what months came to, what somebody brought, what may come."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm.dependencies import AtDesk
from crm.routes.router_base import book_router
from crm.schemas.finance import (
    ClientRevenueView,
    ComingView,
    ForecastView,
    SummaryQuery,
    SummaryView,
)
from crm.service.finance import Money

router = book_router("/financial")


@router.get("/summary")
async def read_summary(query: Annotated[SummaryQuery, Query()], desk: AtDesk) -> SummaryView:
    """Return what some months came to, currency by currency."""
    return SummaryView.seen(Money(desk).summary(query.first(), query.last(), query.currency))


@router.get("/forecast")
async def read_forecast(desk: AtDesk) -> ForecastView:
    """Return the next three months: what is planned, and what such months usually brought."""
    return ForecastView(months=[ComingView.seen(one) for one in Money(desk).forecast()])


@router.get("/clients/{client_id}")
async def read_client_revenue(client_id: UUID, desk: AtDesk) -> ClientRevenueView:
    """Return all that somebody ever brought."""
    return ClientRevenueView.seen(client_id, Money(desk).of_client(client_id))
