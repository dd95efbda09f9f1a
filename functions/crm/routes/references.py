"""API of references: people who did not agree to be stored, and are therefore deleted soon."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.references import (
    CreateReference,
    ReferencePage,
    ReferencesQuery,
    ReferenceView,
    UpdateReference,
)
from crm.service.records import name_of
from crm.service.references import ReferenceService
from kit.http import API

router = crm_router("/references")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_references(
    query: Annotated[ReferencesQuery, Query()], unlocked: UnlockedDep
) -> ReferencePage:
    """Return references, the latest first."""
    page = ReferenceService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    return ReferencePage.from_domain(page)


@router.post("", status_code=201, dependencies=_WRITES)
async def create_reference(
    body: CreateReference, slug: Slug, unlocked: UnlockedDep, response: Response
) -> ReferenceView:
    """Add a reference; the response contains its deletion date."""
    stored = ReferenceService(unlocked).add(body.client_id, body.to_reference())
    response.headers["location"] = f"{API}/crm/{slug}/references/{stored.id}"
    return ReferenceView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.get("/{reference_id}")
async def read_reference(reference_id: UUID, unlocked: UnlockedDep) -> ReferenceView:
    """Return a reference."""
    stored = ReferenceService(unlocked).get(reference_id)
    return ReferenceView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.put("/{reference_id}", dependencies=_WRITES)
async def update_reference(
    reference_id: UUID, body: UpdateReference, unlocked: UnlockedDep
) -> ReferenceView:
    """Update a reference; 412 `changed-meanwhile` if `version` is not the latest."""
    stored = ReferenceService(unlocked).update(reference_id, body.version, body.to_reference())
    return ReferenceView.from_domain(stored, name_of(unlocked, stored.client_id))


@router.delete("/{reference_id}", status_code=204, dependencies=_WRITES)
async def delete_reference(reference_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a reference."""
    ReferenceService(unlocked).delete(reference_id)
