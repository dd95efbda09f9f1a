"""What waits to be written into the book: counted without opening it."""

from fastapi import Depends

from crm.dependencies import ProviderDep, UnlockedDep, limit_writes
from crm.repository.booking_sync import InboxRepository
from crm.routes.router_base import crm_router
from crm.schemas.booking_sync import InboxView

router = crm_router("/inbox")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def read_inbox(provider: ProviderDep) -> InboxView:
    """Return how much waits, and how much could not be read; also while the book is locked."""
    return _to_view(InboxRepository(provider.work, provider.provider_id))


@router.post("/retry", dependencies=_WRITES)
async def retry_inbox(unlocked: UnlockedDep) -> InboxView:
    """Try once more what could not be read, with the next request that opens the book."""
    table = InboxRepository(unlocked.work, unlocked.provider_id)
    table.retry_failed()
    return _to_view(table)


@router.delete("/failed", dependencies=_WRITES)
async def discard_failed(unlocked: UnlockedDep) -> InboxView:
    """Throw away what could not be read. The booking itself is not touched."""
    table = InboxRepository(unlocked.work, unlocked.provider_id)
    table.delete_failed()
    return _to_view(table)


def _to_view(table: InboxRepository) -> InboxView:
    waiting, failed = table.counts()
    return InboxView(waiting=waiting, failed=failed)
