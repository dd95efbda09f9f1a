"""Route to close a profile (ES19)."""

from uuid import UUID

from fastapi import APIRouter, Depends

from escorts.dashboard_dependencies import Owner, limit_writes
from escorts.moderation_dependencies import AccountClosureDep
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.delete("/{profile_id}", status_code=204, dependencies=[Depends(limit_writes)])
async def close_profile(profile_id: UUID, owner: Owner, closing: AccountClosureDep) -> None:
    """Close your profile for good: it leaves the directory at once, and its content is deleted.

    Records that are evidence stay, under the profile's id. The account stays too. Repeating it is harmless.
    """
    closing.close_own_profile(owner.user_id, profile_id)
