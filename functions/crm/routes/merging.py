"""API of duplicates and merges. These routes are registered before those of one client."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from crm.dependencies import KeyDeletionDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.clients import ClientView
from crm.schemas.merging import DuplicatesPage, DuplicatesQuery, MergeBody, MergesView
from crm.service.duplicates import find_duplicate_clients
from crm.service.merging import MergeService

router = crm_router("/clients")


@router.get("/duplicates")
async def list_duplicates(
    query: Annotated[DuplicatesQuery, Query()], unlocked: UnlockedDep
) -> DuplicatesPage:
    """Return groups of clients that share a phone number or an e-mail address."""
    return DuplicatesPage.from_domain(find_duplicate_clients(unlocked, query.cursor, query.limit))


@router.post("/{client_id}/merge", dependencies=[Depends(limit_writes)])
async def merge_client(
    client_id: UUID, body: MergeBody, unlocked: UnlockedDep, key_deletion: KeyDeletionDep
) -> ClientView:
    """Merge another client with all its records into this one; this cannot be undone.

    412 `changed-meanwhile` if `version` is not the latest, 409 `legal-hold` if the other client is under a legal hold.
    """
    return ClientView.from_domain(
        MergeService(unlocked, key_deletion).merge(client_id, body.version, body.absorbed_id)
    )


@router.get("/{client_id}/merges")
async def list_merges(
    client_id: UUID, unlocked: UnlockedDep, key_deletion: KeyDeletionDep
) -> MergesView:
    """Return the merges into a client, the latest first."""
    return MergesView.from_domain(MergeService(unlocked, key_deletion).history(client_id))
