"""API of legal holds."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.legal_holds import LegalHoldsView, LegalHoldView, PlaceLegalHoldBody
from crm.service.legal_holds import LegalHoldService

router = crm_router("/holds")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_holds(provider: ProviderDep, unlocked: UnlockedDep) -> LegalHoldsView:
    """Return the legal holds, those in force first."""
    return LegalHoldsView.from_domain(LegalHoldService(unlocked, provider.audit_log).list())


@router.post("", status_code=201, dependencies=_WRITES)
async def place_hold(
    body: PlaceLegalHoldBody, provider: ProviderDep, unlocked: UnlockedDep
) -> LegalHoldView:
    """Place a legal hold on a client or on the whole workspace: nothing of it is deleted meanwhile."""
    return LegalHoldView.from_domain(
        LegalHoldService(unlocked, provider.audit_log).place(body.client_id, body.reason)
    )


@router.delete("/{hold_id}", status_code=204, dependencies=_WRITES)
async def release_hold(hold_id: UUID, provider: ProviderDep, unlocked: UnlockedDep) -> None:
    """Release a hold; it stays in the list."""
    LegalHoldService(unlocked, provider.audit_log).release(hold_id)
