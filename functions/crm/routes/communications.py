"""What was said to clients, and by them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, Slug, limit_writes
from crm.repository.record_types import COMMUNICATIONS
from crm.routes.router_base import book_router
from crm.schemas.communications import (
    CommunicationPage,
    CommunicationsQuery,
    CommunicationView,
    CreateCommunication,
    UpdateCommunication,
)
from crm.service.records import Entries
from kit.http import API

router = book_router("/communications")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_communications(
    query: Annotated[CommunicationsQuery, Query()], desk: AtDesk
) -> CommunicationPage:
    """Return messages and calls, the latest first."""
    page = Entries(desk, COMMUNICATIONS).page(query.to_wanted(), query.cursor, query.limit)
    return CommunicationPage.of(page)


@router.post("", status_code=201, dependencies=_WRITES)
async def create_communication(
    body: CreateCommunication, slug: Slug, desk: AtDesk, response: Response
) -> CommunicationView:
    """Write down what was said."""
    kept = Entries(desk, COMMUNICATIONS).add(body.client_id, body.to_entry(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/communications/{kept.id}"
    return CommunicationView.seen(kept)


@router.get("/{communication_id}")
async def read_communication(communication_id: UUID, desk: AtDesk) -> CommunicationView:
    """Return one of them."""
    return CommunicationView.seen(Entries(desk, COMMUNICATIONS).one(communication_id))


@router.put("/{communication_id}", dependencies=_WRITES)
async def update_communication(
    communication_id: UUID, body: UpdateCommunication, desk: AtDesk
) -> CommunicationView:
    """Put one right; 412 `changed-meanwhile` where `version` is not the latest."""
    kept = Entries(desk, COMMUNICATIONS).replace(communication_id, body.version, body.to_entry())
    return CommunicationView.seen(kept)


@router.delete("/{communication_id}", status_code=204, dependencies=_WRITES)
async def delete_communication(communication_id: UUID, desk: AtDesk) -> None:
    """Take one away."""
    Entries(desk, COMMUNICATIONS).remove(communication_id)
