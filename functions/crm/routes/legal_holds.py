"""What must not be forgotten."""

from uuid import UUID

from fastapi import Depends

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.routes.router_base import crm_router
from crm.schemas.legal_holds import HoldsView, HoldView, PlaceHold
from crm.service.legal_holds import LegalHoldService

router = crm_router("/holds")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def list_holds(provider: ProviderDep, unlocked: UnlockedDep) -> HoldsView:
    """Return the legal holds, those in force first."""
    return HoldsView.from_domain(LegalHoldService(unlocked, provider.audit_log).list())


@router.post("", status_code=201, dependencies=_WRITES)
async def place_hold(body: PlaceHold, provider: ProviderDep, unlocked: UnlockedDep) -> HoldView:
    """Put a client, or the whole book, under a legal hold: nothing of it is forgotten meanwhile."""
    return HoldView.from_domain(
        LegalHoldService(unlocked, provider.audit_log).place(body.client_id, body.reason)
    )


@router.delete("/{hold_id}", status_code=204, dependencies=_WRITES)
async def release_hold(hold_id: UUID, provider: ProviderDep, unlocked: UnlockedDep) -> None:
    """Lift a hold; it stays in the list."""
    LegalHoldService(unlocked, provider.audit_log).release(hold_id)
