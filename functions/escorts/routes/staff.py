"""Routes of staff decisions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from escorts.dashboard_dependencies import ModerationDep, Staff, SuspendingStaff
from escorts.schemas.owner_and_staff import PendingVerificationView, StaffView, VerificationView
from escorts.schemas.requests import QueueQuery, ReasonBody, VerificationDecisionBody
from kit.http import API, Page

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts staff"])


@router.get("/verification-queue")
async def read_verification_queue(
    query: Annotated[QueueQuery, Query()], _staff: Staff, moderation: ModerationDep
) -> Page[PendingVerificationView]:
    """Return requests for verification without a decision, the longest waiting first."""
    items, cursor = moderation.list_pending(query.cursor, query.limit)
    return Page[PendingVerificationView](
        items=[PendingVerificationView.from_domain(item) for item in items], next_cursor=cursor
    )


@router.post("/{profile_id}/verification")
async def decide_verification(
    profile_id: UUID, body: VerificationDecisionBody, staff: Staff, moderation: ModerationDep
) -> VerificationView:
    """Decide about a request: take it into review, verify, reject; or revoke a verification."""
    decided = moderation.decide(
        staff.user_id, profile_id, body.decision, checks=body.to_checks(), reason=body.reason
    )
    return VerificationView.from_domain(decided)


@router.post("/{profile_id}/suspend")
async def suspend_profile(
    profile_id: UUID, body: ReasonBody, staff: SuspendingStaff, moderation: ModerationDep
) -> StaffView:
    """Suspend a profile: it leaves the directory at once; its owner reads the reason."""
    return StaffView.from_domain(moderation.suspend(staff.user_id, profile_id, body.reason))


@router.post("/{profile_id}/restore")
async def restore_profile(
    profile_id: UUID, body: ReasonBody, staff: SuspendingStaff, moderation: ModerationDep
) -> StaffView:
    """Lift a suspension; the profile returns to the state in which its owner left it."""
    return StaffView.from_domain(moderation.restore(staff.user_id, profile_id, body.reason))
