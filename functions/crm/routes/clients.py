"""API of clients."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import KeyDeletionDep, Slug, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.client_summary import ClientSummaryView, TimelineQuery, TimelineView
from crm.schemas.clients import ClientPage, ClientsQuery, ClientView, CreateClient, UpdateClient
from crm.schemas.fields import VersionBody
from crm.schemas.legal_holds import ErasureReceiptView
from crm.service.clients import ClientService
from crm.service.erasure import ClientErasure
from crm.service.timeline import load_timeline
from kit.http import API

router = crm_router("/clients")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_clients(
    query: Annotated[ClientsQuery, Query()], unlocked: UnlockedDep
) -> ClientPage:
    """Return clients, the latest first."""
    return ClientPage.from_domain(ClientService(unlocked).list(query.to_filter()))


@router.post("", status_code=201, dependencies=_WRITES)
async def create_client(
    body: CreateClient, slug: Slug, unlocked: UnlockedDep, response: Response
) -> ClientView:
    """Add a client; 409 `client-exists` if another client has one of the numbers or addresses."""
    client = ClientService(unlocked).add(body.to_input(), allow_duplicate=body.allow_duplicate)
    response.headers["location"] = f"{API}/crm/{slug}/clients/{client.id}"
    return ClientView.from_domain(client)


@router.get("/{client_id}")
async def read_client(client_id: UUID, unlocked: UnlockedDep) -> ClientSummaryView:
    """Return a client with revenue per currency and open items."""
    book = ClientService(unlocked)
    return ClientSummaryView.from_summary(book.get(client_id), book.summary(client_id))


@router.get("/{client_id}/timeline")
async def read_timeline(
    client_id: UUID, query: Annotated[TimelineQuery, Query()], unlocked: UnlockedDep
) -> TimelineView:
    """Return visits, screenings, references, communications, tasks and merges of a client, the latest first."""
    return TimelineView.from_domain(load_timeline(unlocked, client_id, query.cursor, query.limit))


@router.put("/{client_id}", dependencies=_WRITES)
async def update_client(client_id: UUID, body: UpdateClient, unlocked: UnlockedDep) -> ClientView:
    """Update a client; 412 `changed-meanwhile` if `version` is not the latest."""
    return ClientView.from_domain(
        ClientService(unlocked).update(client_id, body.version, body.to_input())
    )


@router.post("/{client_id}/archive", dependencies=_WRITES)
async def archive_client(client_id: UUID, body: VersionBody, unlocked: UnlockedDep) -> ClientView:
    """Archive a client: lists show it only with `archived=true`."""
    return ClientView.from_domain(ClientService(unlocked).archive(client_id, body.version))


@router.post("/{client_id}/unarchive", dependencies=_WRITES)
async def unarchive_client(client_id: UUID, body: VersionBody, unlocked: UnlockedDep) -> ClientView:
    """Restore an archived client."""
    return ClientView.from_domain(ClientService(unlocked).unarchive(client_id, body.version))


@router.delete("/{client_id}", dependencies=_WRITES)
async def forget_client(
    client_id: UUID, unlocked: UnlockedDep, key_deletion: KeyDeletionDep
) -> ErasureReceiptView:
    """Erase a client with all its records, in backups too; 409 `legal-hold`.

    The client's key is destroyed; the receipt returned here stays in the audit log.
    """
    return ErasureReceiptView.from_domain(ClientErasure(unlocked, key_deletion).erase(client_id))
