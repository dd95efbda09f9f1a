"""Beacon route that profile pages call to count a view."""

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
    user: OptionalUser,
    viewer: ViewerContextDep,
    recorder: ViewRecorderDep,
) -> None:
    """Count a view of the profile. The response does not reveal whether the view counted.

    Bots, staff, the owner, and browsers that opt out of tracking do not count. The session is read
    only to recognize the owner and staff; it is not stored.
    """
    parsed = parse_id(profile_id)
    if parsed is None or _is_staff_member(user):
        return
    recorder.record(parsed, viewer, user.user_id if user else None)


def _is_staff_member(user: Principal | None) -> bool:
    # Staff members do not count on the public site either: they view profiles for their work.
    return user is not None and Permission.READ_ALL_ESCORT_PROFILES in user.permissions
