"""Who wants to hear of which area, and telling them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Announcer, AtDesk, Slug, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.subscriptions import (
    AnnounceBody,
    AnnouncedView,
    AudienceQuery,
    AudienceView,
    ConsentPage,
    ConsentsQuery,
    ConsentView,
    CreateConsent,
    EndConsent,
    UpdateConsent,
)
from crm.service.records import name_of
from crm.service.subscriptions import Areas
from kit.http import API

router = book_router("/area-notifications")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_area_notifications(
    query: Annotated[ConsentsQuery, Query()], desk: AtDesk
) -> ConsentPage:
    """Return wishes to hear of areas, the latest first; those that ended are among them."""
    return ConsentPage.of(Areas(desk).page(query.to_wanted(), query.cursor, query.limit))


@router.get("/audience")
async def read_audience(query: Annotated[AudienceQuery, Query()], desk: AtDesk) -> AudienceView:
    """Return who would hear of an area."""
    return AudienceView.of(Areas(desk).audience(query.area))


@router.post("/announce", dependencies=_WRITES)
async def announce_area(body: AnnounceBody, announcer: Announcer) -> AnnouncedView:
    """Write to everybody who wants to hear of an area, each with a way to hear no more."""
    return AnnouncedView.of(announcer.announce(body.announcement_id, body.area, body.message))


@router.post("", status_code=201, dependencies=_WRITES)
async def create_area_notification(
    body: CreateConsent, slug: Slug, desk: AtDesk, response: Response
) -> ConsentView:
    """Write down that a client wants to hear of an area."""
    kept = Areas(desk).add(body.client_id, body.to_new(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/area-notifications/{kept.id}"
    return ConsentView.seen(kept, name_of(desk, kept.client_id))


@router.get("/{consent_id}")
async def read_area_notification(consent_id: UUID, desk: AtDesk) -> ConsentView:
    """Return one."""
    kept = Areas(desk).one(consent_id)
    return ConsentView.seen(kept, name_of(desk, kept.client_id))


@router.put("/{consent_id}", dependencies=_WRITES)
async def update_area_notification(
    consent_id: UUID, body: UpdateConsent, desk: AtDesk
) -> ConsentView:
    """Change one; 412 `changed-meanwhile` where `version` is not the latest."""
    kept = Areas(desk).replace(consent_id, body.version, body.to_new())
    return ConsentView.seen(kept, name_of(desk, kept.client_id))


@router.post("/{consent_id}/end", dependencies=_WRITES)
async def end_area_notification(consent_id: UUID, body: EndConsent, desk: AtDesk) -> ConsentView:
    """Note that the client wants to hear no more."""
    kept = Areas(desk).end(consent_id, body.version)
    return ConsentView.seen(kept, name_of(desk, kept.client_id))


@router.delete("/{consent_id}", status_code=204, dependencies=_WRITES)
async def delete_area_notification(consent_id: UUID, desk: AtDesk) -> None:
    """Take one away."""
    Areas(desk).remove(consent_id)
