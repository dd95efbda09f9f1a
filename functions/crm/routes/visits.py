"""API of visits, planned and past."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.visits import (
    CreateVisit,
    PayVisit,
    UpdateVisit,
    VisitPage,
    VisitsQuery,
    VisitView,
)
from crm.service.records import name_of
from crm.service.visits import VisitService
from kit.http import API

router = crm_router("/visits")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_visits(query: Annotated[VisitsQuery, Query()], unlocked: UnlockedDep) -> VisitPage:
    """Return visits, the latest first."""
    return VisitPage.from_domain(
        VisitService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    )


@router.post("", status_code=201, dependencies=_WRITES)
async def create_visit(
    body: CreateVisit, slug: Slug, unlocked: UnlockedDep, response: Response
) -> VisitView:
    """Add a visit."""
    stored = VisitService(unlocked).add(body.client_id, body.to_visit(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/visits/{stored.id}"
    return VisitView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.get("/{visit_id}")
async def read_visit(visit_id: UUID, unlocked: UnlockedDep) -> VisitView:
    """Return a visit."""
    stored = VisitService(unlocked).get(visit_id)
    return VisitView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.put("/{visit_id}", dependencies=_WRITES)
async def update_visit(visit_id: UUID, body: UpdateVisit, unlocked: UnlockedDep) -> VisitView:
    """Update a visit; 412 `changed-meanwhile` if `version` is not the latest."""
    stored = VisitService(unlocked).update(visit_id, body.version, body.to_visit())
    return VisitView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.put("/{visit_id}/payment", dependencies=_WRITES)
async def pay_visit(visit_id: UUID, body: PayVisit, unlocked: UnlockedDep) -> VisitView:
    """Record the payment of a visit: the full price, unless an amount is given."""
    stored = VisitService(unlocked).pay(visit_id, body.to_payment(), body.version)
    return VisitView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.delete("/{visit_id}", status_code=204, dependencies=_WRITES)
async def delete_visit(visit_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a visit."""
    VisitService(unlocked).delete(visit_id)
