"""Inbox of a workspace: message counts, also while it is locked."""

from fastapi import Depends

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.repository.booking_sync import InboxRepository
from crm.routes.router_base import crm_router
from crm.schemas.booking_sync import InboxView

router = crm_router("/inbox")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def read_inbox(provider: ProviderDep) -> InboxView:
    """Return the number of pending and failed messages; also while the workspace is locked."""
    return _to_view(InboxRepository(provider.work, provider.provider_id))


@router.post("/retry", dependencies=_WRITES)
async def retry_inbox(unlocked: UnlockedDep) -> InboxView:
    """Retry failed messages with the next request that unlocks the workspace."""
    inbox = InboxRepository(unlocked.work, unlocked.provider_id)
    inbox.retry_failed()
    return _to_view(inbox)


@router.delete("/failed", dependencies=_WRITES)
async def discard_failed(unlocked: UnlockedDep) -> InboxView:
    """Delete failed messages. The bookings themselves are not touched."""
    inbox = InboxRepository(unlocked.work, unlocked.provider_id)
    inbox.delete_failed()
    return _to_view(inbox)


def _to_view(inbox: InboxRepository) -> InboxView:
    waiting, failed = inbox.counts()
    return InboxView(waiting=waiting, failed=failed)
