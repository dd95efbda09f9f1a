"""API of communications with clients."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import Slug, UnlockedDep, limit_writes
from crm.repository.communications import COMMUNICATIONS
from crm.routes.router_base import crm_router
from crm.schemas.communications import (
    CommunicationPage,
    CommunicationsQuery,
    CommunicationView,
    CreateCommunication,
    UpdateCommunication,
)
from crm.service.records import RecordService
from kit.http import API

router = crm_router("/communications")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_communications(
    query: Annotated[CommunicationsQuery, Query()], unlocked: UnlockedDep
) -> CommunicationPage:
    """Return messages and calls, the latest first."""
    page = RecordService(unlocked, COMMUNICATIONS).list(
        query.to_filter(), query.cursor, query.limit
    )
    return CommunicationPage.from_domain(page)


@router.post("", status_code=201, dependencies=_WRITES)
async def create_communication(
    body: CreateCommunication, slug: Slug, unlocked: UnlockedDep, response: Response
) -> CommunicationView:
    """Add a communication."""
    stored = RecordService(unlocked, COMMUNICATIONS).add(body.client_id, body.to_input(), body.id)
    response.headers["location"] = f"{API}/crm/{slug}/communications/{stored.id}"
    return CommunicationView.from_domain(stored)


@router.get("/{communication_id}")
async def read_communication(communication_id: UUID, unlocked: UnlockedDep) -> CommunicationView:
    """Return a communication."""
    return CommunicationView.from_domain(
        RecordService(unlocked, COMMUNICATIONS).get(communication_id)
    )


@router.put("/{communication_id}", dependencies=_WRITES)
async def update_communication(
    communication_id: UUID, body: UpdateCommunication, unlocked: UnlockedDep
) -> CommunicationView:
    """Update a communication; 412 `changed-meanwhile` if `version` is not the latest."""
    stored = RecordService(unlocked, COMMUNICATIONS).update(
        communication_id, body.version, body.to_input()
    )
    return CommunicationView.from_domain(stored)


@router.delete("/{communication_id}", status_code=204, dependencies=_WRITES)
async def delete_communication(communication_id: UUID, unlocked: UnlockedDep) -> None:
    """Delete a communication."""
    RecordService(unlocked, COMMUNICATIONS).delete(communication_id)
