"""What staff decide, in their own room."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from escorts.dashboard_dependencies import Staff, StaffSide, Warden
from escorts.schemas.owner_and_staff import QueueItem, StaffView, VerificationView
from escorts.schemas.requests import DecisionBody, QueueQuery, ReasonBody
from kit.http import API, Page

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts staff"])


@router.get("/verification-queue")
async def read_queue(
    query: Annotated[QueueQuery, Query()], _staff: Staff, moderation: StaffSide
) -> Page[QueueItem]:
    """Return who waits to be verified, longest first."""
    items, cursor = moderation.queue(query.cursor, query.limit)
    return Page[QueueItem](items=[QueueItem.of(item) for item in items], next_cursor=cursor)


@router.post("/{profile_id}/verification")
async def decide(
    profile_id: UUID, body: DecisionBody, staff: Staff, moderation: StaffSide
) -> VerificationView:
    """Decide about a request: take it into review, verify, reject; or revoke a verification."""
    decided = moderation.decide(
        staff.user_id, profile_id, body.decision, checks=body.checks(), reason=body.reason
    )
    return VerificationView.of(decided)


@router.post("/{profile_id}/suspend")
async def suspend(
    profile_id: UUID, body: ReasonBody, staff: Warden, moderation: StaffSide
) -> StaffView:
    """Take a profile out of the directory at once; its owner reads the reason."""
    return StaffView.of(moderation.suspend(staff.user_id, profile_id, body.reason))


@router.post("/{profile_id}/restore")
async def restore(
    profile_id: UUID, body: ReasonBody, staff: Warden, moderation: StaffSide
) -> StaffView:
    """Lift a suspension; the profile stands where its owner left it."""
    return StaffView.of(moderation.restore(staff.user_id, profile_id, body.reason))
