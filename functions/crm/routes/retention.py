"""How long what is kept."""

from fastapi import Depends

from crm.dependencies import ProviderContext, ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.retention import ErasuresView, PreviewView, RetentionBody, RetentionView
from crm.service.retention import RetentionService
from kit import clock

router = crm_router("/retention")


@router.get("")
async def read_retention(provider: ProviderDep) -> RetentionView:
    """Return how long each kind of data is kept; works while locked."""
    return RetentionView.from_domain(_rules(provider).terms())


@router.put("", dependencies=[Depends(limit_writes)])
async def change_retention(
    body: RetentionBody, provider: ProviderDep, unlocked: UnlockedDep
) -> RetentionView:
    """Choose it, within bounds; only while the book is open, since a short time takes much away."""
    _ = unlocked
    return RetentionView.from_domain(_rules(provider).choose(body.days))


@router.get("/preview")
async def preview_retention(provider: ProviderDep) -> PreviewView:
    """Return what would go tonight, and what a legal hold keeps."""
    return PreviewView.from_domain(_rules(provider).preview())


@router.get("/erasures")
async def list_erasures(provider: ProviderDep) -> ErasuresView:
    """Return the proofs of what was erased."""
    return ErasuresView.from_domain(_rules(provider).erasures())


def _rules(provider: ProviderContext) -> RetentionService:
    return RetentionService(provider.work, provider.provider_id, clock.now, provider.audit_log)
