"""Waitlist of a client."""

from uuid import UUID

from fastapi import APIRouter, Depends

from bookings.dependencies import Client, WaitlistDep, limit_client
from bookings.schemas.quotes import WaitlistEntryView, WaitlistView
from bookings.schemas.requests import JoinWaitlistBody
from kit.http import API
from kit.intervals import Interval

router = APIRouter(prefix=f"{API}/bookings/waitlist", tags=["bookings"])
_WRITES = [Depends(limit_client)]


@router.get("")
async def list_waitlist(client: Client, waitlist: WaitlistDep) -> WaitlistView:
    """Return the client's waitlist entries."""
    return WaitlistView(
        items=[WaitlistEntryView.from_domain(one) for one in waitlist.list(client.user_id)]
    )


@router.post("", status_code=201, dependencies=_WRITES)
async def join_waitlist(
    body: JoinWaitlistBody, client: Client, waitlist: WaitlistDep
) -> WaitlistEntryView:
    """Wait for part of a period; one mail says when it is free. Repeating is safe."""
    period = Interval(body.start, body.end)
    return WaitlistEntryView.from_domain(waitlist.join(client.user_id, body.profile_id, period))


@router.delete("/{entry_id}", status_code=204, dependencies=_WRITES)
async def leave_waitlist(entry_id: UUID, client: Client, waitlist: WaitlistDep) -> None:
    """Delete a waitlist entry; a missing one is not an error."""
    waitlist.leave(client.user_id, entry_id)
