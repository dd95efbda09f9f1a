"""Waiting for a time that is taken."""

from uuid import UUID

from fastapi import APIRouter, Depends

from bookings.dependencies import Client, ClientsWaiting, limit_client
from bookings.domain.spans import Span
from bookings.schemas.quotes import WaitingsView, WaitingView
from bookings.schemas.requests import WaitBody
from kit.http import API

router = APIRouter(prefix=f"{API}/bookings/waitlist", tags=["bookings"])
_WRITES = [Depends(limit_client)]


@router.get("")
async def list_waiting(client: Client, waiting: ClientsWaiting) -> WaitingsView:
    """Return the times that one waits for."""
    return WaitingsView(items=[WaitingView.of(one) for one in waiting.mine(client.user_id)])


@router.post("", status_code=201, dependencies=_WRITES)
async def join_waitlist(body: WaitBody, client: Client, waiting: ClientsWaiting) -> WaitingView:
    """Wait for some of a time; a mail says once when it is free. Repeating it is harmless."""
    wanted = Span(body.start, body.end)
    return WaitingView.of(waiting.join(client.user_id, body.escort_id, wanted))


@router.delete("/{entry_id}", status_code=204, dependencies=_WRITES)
async def leave_waitlist(entry_id: UUID, client: Client, waiting: ClientsWaiting) -> None:
    """Wait no longer; again is no error."""
    waiting.leave(client.user_id, entry_id)
