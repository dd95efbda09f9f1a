"""API of revenue: summary, forecast and revenue of a client."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from crm.dependencies import UnlockedDep
from crm.routes.router_base import crm_router
from crm.schemas.finance import (
    ClientRevenueView,
    ForecastMonthView,
    ForecastView,
    SummaryQuery,
    SummaryView,
)
from crm.service.finance import RevenueService

router = crm_router("/financial")


@router.get("/summary")
async def read_summary(
    query: Annotated[SummaryQuery, Query()], unlocked: UnlockedDep
) -> SummaryView:
    """Return the revenue of a range of months per currency."""
    return SummaryView.from_domain(
        RevenueService(unlocked).summary(query.first(), query.last(), query.currency)
    )


@router.get("/forecast")
async def read_forecast(unlocked: UnlockedDep) -> ForecastView:
    """Return the next three months: planned visits, and the usual revenue of such months."""
    return ForecastView(
        months=[ForecastMonthView.from_domain(one) for one in RevenueService(unlocked).forecast()]
    )


@router.get("/clients/{client_id}")
async def read_client_revenue(client_id: UUID, unlocked: UnlockedDep) -> ClientRevenueView:
    """Return the revenue of a client over all time."""
    return ClientRevenueView.from_domain(
        client_id, RevenueService(unlocked).revenue_of_client(client_id)
    )
