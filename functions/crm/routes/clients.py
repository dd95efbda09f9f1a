"""People in the book."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm.dependencies import AtDesk, AtShredder, Slug, limit_writes
from crm.routes.router_base import book_router
from crm.schemas.client_summary import ClientCardView, TimelineQuery, TimelineView
from crm.schemas.clients import ClientPage, ClientsQuery, ClientView, CreateClient, UpdateClient
from crm.schemas.fields import VersionBody
from crm.schemas.legal_holds import ProofView
from crm.service.clients import ClientBook
from crm.service.erasure import Forgetting
from crm.service.timeline import timeline
from kit.http import API

router = book_router("/clients")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_clients(query: Annotated[ClientsQuery, Query()], desk: AtDesk) -> ClientPage:
    """Return clients, the latest first."""
    return ClientPage.of(ClientBook(desk).page(query.to_query()))


@router.post("", status_code=201, dependencies=_WRITES)
async def create_client(
    body: CreateClient, slug: Slug, desk: AtDesk, response: Response
) -> ClientView:
    """Keep somebody new; 409 `client-exists` where a number or an address is in the book already."""
    client = ClientBook(desk).add(body.to_new(), allow_duplicate=body.allow_duplicate)
    response.headers["location"] = f"{API}/crm/{slug}/clients/{client.id}"
    return ClientView.seen(client)


@router.get("/{client_id}")
async def read_client(client_id: UUID, desk: AtDesk) -> ClientCardView:
    """Return somebody, what they brought by currency, and what is open about them."""
    book = ClientBook(desk)
    return ClientCardView.card(book.one(client_id), book.card(client_id))


@router.get("/{client_id}/timeline")
async def read_timeline(
    client_id: UUID, query: Annotated[TimelineQuery, Query()], desk: AtDesk
) -> TimelineView:
    """Return visits, checks, references, messages, tasks and merges of somebody, the latest first."""
    return TimelineView.of(timeline(desk, client_id, query.cursor, query.limit))


@router.put("/{client_id}", dependencies=_WRITES)
async def update_client(client_id: UUID, body: UpdateClient, desk: AtDesk) -> ClientView:
    """Change somebody; 412 `changed-meanwhile` where `version` is not the latest."""
    return ClientView.seen(ClientBook(desk).replace(client_id, body.version, body.to_new()))


@router.post("/{client_id}/archive", dependencies=_WRITES)
async def archive_client(client_id: UUID, body: VersionBody, desk: AtDesk) -> ClientView:
    """Put somebody away: lists show them only with `archived=true`."""
    return ClientView.seen(ClientBook(desk).archive(client_id, body.version))


@router.post("/{client_id}/unarchive", dependencies=_WRITES)
async def unarchive_client(client_id: UUID, body: VersionBody, desk: AtDesk) -> ClientView:
    """Take somebody back."""
    return ClientView.seen(ClientBook(desk).unarchive(client_id, body.version))


@router.delete("/{client_id}", dependencies=_WRITES)
async def forget_client(client_id: UUID, desk: AtDesk, shredding: AtShredder) -> ProofView:
    """Forget somebody for good, with all that is about them and in backups too; 409 `legal-hold`.

    Their key is destroyed; what stays is the proof that is answered here, in the audit trail.
    """
    return ProofView.of(Forgetting(desk, shredding).forget(client_id))
