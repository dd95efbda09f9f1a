"""API of retention periods and erasure receipts."""

from fastapi import Depends

from crm.dependencies import ProviderContext, ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.retention import ErasuresView, PreviewView, RetentionBody, RetentionView
from crm.service.retention import RetentionService
from kit import clock

router = crm_router("/retention")


@router.get("")
async def read_retention(provider: ProviderDep) -> RetentionView:
    """Return the period of each kind of data; works while locked."""
    return RetentionView.from_domain(_rules(provider).terms())


@router.put("", dependencies=[Depends(limit_writes)])
async def change_retention(
    body: RetentionBody, provider: ProviderDep, unlocked: UnlockedDep
) -> RetentionView:
    """Save periods within bounds; only while unlocked, since a short period deletes much."""
    _ = unlocked
    return RetentionView.from_domain(_rules(provider).save(body.days))


@router.get("/preview")
async def preview_retention(provider: ProviderDep) -> PreviewView:
    """Return the rows that would be deleted tonight, and those that a legal hold keeps."""
    return PreviewView.from_domain(_rules(provider).preview())


@router.get("/erasures")
async def list_erasures(provider: ProviderDep) -> ErasuresView:
    """Return the last erasure receipts."""
    return ErasuresView.from_domain(_rules(provider).erasures())


def _rules(provider: ProviderContext) -> RetentionService:
    return RetentionService(provider.work, provider.provider_id, clock.now, provider.audit_log)
