"""Referees: people who were never asked, and are therefore forgotten soon."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, Slug, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.references import (
    CreateReference,
    ReferencePage,
    ReferencesQuery,
    ReferenceView,
    UpdateReference,
)
from crm.service.records import name_of
from crm.service.references import References
from kit.http import API

router = book_router("/references")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_references(
    query: Annotated[ReferencesQuery, Query()], desk: AtDesk
) -> ReferencePage:
    """Return referees, the latest first."""
    page = References(desk).page(query.to_wanted(), query.cursor, query.limit)
    return ReferencePage.of(page)


@router.post("", status_code=201, dependencies=_WRITES)
async def create_reference(
    body: CreateReference, slug: Slug, desk: AtDesk, response: Response
) -> ReferenceView:
    """Write one down; the answer says when they are forgotten."""
    kept = References(desk).add(body.client_id, body.to_reference())
    response.headers["location"] = f"{API}/crm/{slug}/references/{kept.id}"
    return ReferenceView.seen(kept, name_of(desk, kept.client_id))


@router.get("/{reference_id}")
async def read_reference(reference_id: UUID, desk: AtDesk) -> ReferenceView:
    """Return one."""
    kept = References(desk).one(reference_id)
    return ReferenceView.seen(kept, name_of(desk, kept.client_id))


@router.put("/{reference_id}", dependencies=_WRITES)
async def update_reference(
    reference_id: UUID, body: UpdateReference, desk: AtDesk
) -> ReferenceView:
    """Change one; 412 `changed-meanwhile` where `version` is not the latest."""
    kept = References(desk).replace(reference_id, body.version, body.to_reference())
    return ReferenceView.seen(kept, name_of(desk, kept.client_id))


@router.delete("/{reference_id}", status_code=204, dependencies=_WRITES)
async def delete_reference(reference_id: UUID, desk: AtDesk) -> None:
    """Forget one now."""
    References(desk).remove(reference_id)
