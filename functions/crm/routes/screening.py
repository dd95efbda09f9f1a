"""API of screenings."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Slug, UnlockedDep, limit_writes
from crm.domain.screening import Screening
from crm.repository.encrypted_records import Stored
from crm.routes.router_base import crm_router
from crm.schemas.screening import (
    CreateScreening,
    FailScreening,
    ScreeningPage,
    ScreeningsQuery,
    ScreeningView,
    UpdateScreening,
    VerifyScreening,
)
from crm.service.records import name_of
from crm.service.screening import ScreeningService
from crm.service.unlocked_context import UnlockedContext
from kit.http import API

router = crm_router("/screening")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_screenings(
    query: Annotated[ScreeningsQuery, Query()], unlocked: UnlockedDep
) -> ScreeningPage:
    """Return screenings, the latest first."""
    page = ScreeningService(unlocked).list(query.to_filter(), query.cursor, query.limit)
    return ScreeningPage.from_domain(page, unlocked.now())


@router.post("", status_code=201, dependencies=_WRITES)
async def create_screening(
    body: CreateScreening, slug: Slug, unlocked: UnlockedDep, response: Response
) -> ScreeningView:
    """Add a screening, optionally with the client's new status."""
    stored = ScreeningService(unlocked).add(body.client_id, body.to_screening(), body.client_status)
    response.headers["location"] = f"{API}/crm/{slug}/screening/{stored.id}"
    return _seen(unlocked, stored)


@router.get("/{screening_id}")
async def read_screening(screening_id: UUID, unlocked: UnlockedDep) -> ScreeningView:
    """Return a screening."""
    return _seen(unlocked, ScreeningService(unlocked).get(screening_id))


@router.put("/{screening_id}", dependencies=_WRITES)
async def update_screening(
    screening_id: UUID, body: UpdateScreening, unlocked: UnlockedDep
) -> ScreeningView:
    """Update the content of a screening; 412 `changed-meanwhile` if `version` is not the latest."""
    return _seen(
        unlocked, ScreeningService(unlocked).update(screening_id, body.version, body.to_screening())
    )


@router.post("/{screening_id}/verify", dependencies=_WRITES)
async def verify_screening(
    screening_id: UUID, body: VerifyScreening, unlocked: UnlockedDep
) -> ScreeningView:
    """Mark a screening as passed, until a day or without an end; an expired one can be renewed."""
    stored = ScreeningService(unlocked).verify(screening_id, body.expires_at, body.client_status)
    return _seen(unlocked, stored)


@router.post("/{screening_id}/fail", dependencies=_WRITES)
async def fail_screening(
    screening_id: UUID, body: FailScreening, unlocked: UnlockedDep
) -> ScreeningView:
    """Mark a screening as failed."""
    return _seen(unlocked, ScreeningService(unlocked).fail(screening_id, body.client_status))


@router.delete("/{screening_id}", status_code=204, dependencies=_WRITES)
async def delete_screening(screening_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a screening."""
    ScreeningService(unlocked).delete(screening_id)


def _seen(unlocked: UnlockedContext, stored: Stored[Screening]) -> ScreeningView:
    return ScreeningView.from_domain(stored, name_of(unlocked, stored.client_id), unlocked.now())
