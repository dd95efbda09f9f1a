"""Meetings, planned and past."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, Slug, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.visits import (
    CreateVisit,
    PayVisit,
    UpdateVisit,
    VisitEntry,
    VisitPage,
    VisitsQuery,
)
from crm.service.records import name_of
from crm.service.visits import Visits
from kit.http import API

router = book_router("/visits")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_visits(query: Annotated[VisitsQuery, Query()], desk: AtDesk) -> VisitPage:
    """Return visits, the latest first."""
    return VisitPage.of(Visits(desk).page(query.to_wanted(), query.cursor, query.limit))


@router.post("", status_code=201, dependencies=_WRITES)
async def create_visit(
    body: CreateVisit, slug: Slug, desk: AtDesk, response: Response
) -> VisitEntry:
    """Write one down."""
    kept = Visits(desk).add(body.client_id, body.to_visit(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/visits/{kept.id}"
    return VisitEntry.seen(kept, name_of(desk, kept.client_id))


@router.get("/{visit_id}")
async def read_visit(visit_id: UUID, desk: AtDesk) -> VisitEntry:
    """Return one."""
    kept = Visits(desk).one(visit_id)
    return VisitEntry.seen(kept, name_of(desk, kept.client_id))


@router.put("/{visit_id}", dependencies=_WRITES)
async def update_visit(visit_id: UUID, body: UpdateVisit, desk: AtDesk) -> VisitEntry:
    """Change one; 412 `changed-meanwhile` where `version` is not the latest."""
    kept = Visits(desk).replace(visit_id, body.version, body.to_visit())
    return VisitEntry.seen(kept, name_of(desk, kept.client_id))


@router.put("/{visit_id}/payment", dependencies=_WRITES)
async def pay_visit(visit_id: UUID, body: PayVisit, desk: AtDesk) -> VisitEntry:
    """Say what was paid: all of it, where nothing else is said."""
    kept = Visits(desk).pay(visit_id, body.to_payment(), body.version)
    return VisitEntry.seen(kept, name_of(desk, kept.client_id))


@router.delete("/{visit_id}", status_code=204, dependencies=_WRITES)
async def delete_visit(visit_id: UUID, desk: AtDesk) -> None:
    """Take one away."""
    Visits(desk).remove(visit_id)
