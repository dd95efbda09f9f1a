"""What waits to be written into the book: counted without opening it."""

from fastapi import Depends

from crm.dependencies import AtDesk, InRoom, limit_writes
from crm.repository.booking_sync import InboxTable
from crm.routes.router_base import book_router
from crm.schemas.booking_sync import InboxView

router = book_router("/inbox")
_WRITES = [Depends(limit_writes)]


@router.get("")
async def read_inbox(room: InRoom) -> InboxView:
    """Return how much waits, and how much could not be read; also while the book is locked."""
    return _seen(InboxTable(room.work, room.provider_id))


@router.post("/retry", dependencies=_WRITES)
async def retry_inbox(desk: AtDesk) -> InboxView:
    """Try once more what could not be read, with the next request that opens the book."""
    table = InboxTable(desk.work, desk.provider_id)
    table.retry()
    return _seen(table)


@router.delete("/failed", dependencies=_WRITES)
async def discard_failed(desk: AtDesk) -> InboxView:
    """Throw away what could not be read. The booking itself is not touched."""
    table = InboxTable(desk.work, desk.provider_id)
    table.discard()
    return _seen(table)


def _seen(table: InboxTable) -> InboxView:
    waiting, failed = table.counts()
    return InboxView(waiting=waiting, failed=failed)
