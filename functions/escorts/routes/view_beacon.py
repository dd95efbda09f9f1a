"""The beacon of a profile's page."""

from fastapi import APIRouter

from contracts.identity import Permission
from escorts.analytics_dependencies import ViewerContextDep, ViewRecorderDep
from escorts.dependencies import OptionalUser
from escorts.service.public_profiles import parse_id
from kit.auth import Principal
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.post("/{profile_id}/views", status_code=204)
async def count_view(
    profile_id: str,
    somebody: OptionalUser,
    onlooker: ViewerContextDep,
    counting: ViewRecorderDep,
) -> None:
    """Say that somebody is looking at the profile. The answer is the same whether it counted or not.

    Programs, staff, the owner, and browsers that ask not to be tracked do not count. A session is
    only looked at to tell the owner and staff; nothing of it is kept.
    """
    wanted = parse_id(profile_id)
    if wanted is None or _is_staff_member(somebody):
        return
    counting.record(wanted, onlooker, somebody.user_id if somebody else None)


def _is_staff_member(somebody: Principal | None) -> bool:
    # Also with a session of the public site: they look at profiles for their work.
    return somebody is not None and Permission.READ_ALL_ESCORT_PROFILES in somebody.permissions
