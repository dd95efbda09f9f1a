"""Checks of clients."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, Slug, limit_writes
from crm.domain.screening import Screening
from crm.repository.encrypted_records import Kept
from crm.routes.router_base import book_router
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
from crm.service.screening import Screenings
from crm.service.unlocked_context import Desk
from kit.http import API

router = book_router("/screening")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_screenings(
    query: Annotated[ScreeningsQuery, Query()], desk: AtDesk
) -> ScreeningPage:
    """Return checks, the latest first."""
    page = Screenings(desk).page(query.to_wanted(), query.cursor, query.limit)
    return ScreeningPage.of(page, desk.now())


@router.post("", status_code=201, dependencies=_WRITES)
async def create_screening(
    body: CreateScreening, slug: Slug, desk: AtDesk, response: Response
) -> ScreeningView:
    """Write one down, and if wanted where the client stands from now on."""
    kept = Screenings(desk).add(body.client_id, body.to_screening(), body.client_status)
    response.headers["location"] = f"{API}/crm/{slug}/screening/{kept.id}"
    return _seen(desk, kept)


@router.get("/{screening_id}")
async def read_screening(screening_id: UUID, desk: AtDesk) -> ScreeningView:
    """Return one."""
    return _seen(desk, Screenings(desk).one(screening_id))


@router.put("/{screening_id}", dependencies=_WRITES)
async def update_screening(
    screening_id: UUID, body: UpdateScreening, desk: AtDesk
) -> ScreeningView:
    """Change what one says; 412 `changed-meanwhile` where `version` is not the latest."""
    return _seen(desk, Screenings(desk).replace(screening_id, body.version, body.to_screening()))


@router.post("/{screening_id}/verify", dependencies=_WRITES)
async def verify_screening(
    screening_id: UUID, body: VerifyScreening, desk: AtDesk
) -> ScreeningView:
    """Say that one was passed, until a day or for good; also one that had expired."""
    kept = Screenings(desk).verify(screening_id, body.expires_at, body.client_status)
    return _seen(desk, kept)


@router.post("/{screening_id}/fail", dependencies=_WRITES)
async def fail_screening(screening_id: UUID, body: FailScreening, desk: AtDesk) -> ScreeningView:
    """Say that one was not passed."""
    return _seen(desk, Screenings(desk).fail(screening_id, body.client_status))


@router.delete("/{screening_id}", status_code=204, dependencies=_WRITES)
async def delete_screening(screening_id: UUID, desk: AtDesk) -> None:
    """Take one away."""
    Screenings(desk).remove(screening_id)


def _seen(desk: Desk, kept: Kept[Screening]) -> ScreeningView:
    return ScreeningView.seen(kept, name_of(desk, kept.client_id), desk.now())
