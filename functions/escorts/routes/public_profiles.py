"""Routes of a single profile; its owner and staff get more fields than the public."""

from fastapi import APIRouter
from fastapi import Response as PlainResponse
from fastapi.responses import RedirectResponse

from contracts.identity import Permission
from escorts.age_gate import API_AGE_GATE
from escorts.dashboard_dependencies import ModerationDep, ProfileServiceDep
from escorts.dependencies import OptionalUser, PublicProfilesDep, is_staff
from escorts.domain.avatar import avatar_svg
from escorts.schemas.owner_and_staff import OwnView, StaffView
from escorts.schemas.public_profiles import PublicProfileView
from escorts.service.my_profile import ProfileService
from escorts.service.public_profiles import SlugRedirect, parse_id, profile_not_found
from kit import clock
from kit.auth import Principal
from kit.errors import NotFound
from kit.http import API, capped_max_age, public_cache_control

PROFILE_SECONDS = 1800
router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.get(
    "/{id_or_slug}",
    response_model=PublicProfileView | OwnView | StaffView,
    dependencies=[API_AGE_GATE],
    responses={301: {"description": "The profile has another slug now"}},
)
async def read_escort(
    response: PlainResponse,
    id_or_slug: str,
    user: OptionalUser,
    public_profiles: PublicProfilesDep,
    profiles: ProfileServiceDep,
    moderation: ModerationDep,
) -> PlainResponse | PublicProfileView | OwnView | StaffView:
    """Return a profile: in full to its owner and to staff, to others if it is public."""
    if is_staff(user):
        return StaffView.from_domain(moderation.get_profile(id_or_slug))
    own = _own_profile(profiles, user, id_or_slug)
    if own is not None:
        return own
    found = public_profiles.get_with_redirect(id_or_slug)
    if isinstance(found, SlugRedirect):
        return RedirectResponse(f"{API}/escorts/{found.slug}", 301)
    seconds = capped_max_age(PROFILE_SECONDS, clock.now(), found.public_until)
    response.headers["cache-control"] = public_cache_control(seconds)
    return PublicProfileView.from_domain(found)


@router.get(
    "/{profile_id}/avatar.svg",
    response_class=PlainResponse,
    dependencies=[API_AGE_GATE],
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def read_avatar(
    profile_id: str,
    user: OptionalUser,
    public_profiles: PublicProfilesDep,
    profiles: ProfileServiceDep,
    moderation: ModerationDep,
) -> PlainResponse:
    """Return the profile's avatar, to those who may read the profile."""
    parsed = parse_id(profile_id)
    if parsed is None:
        raise profile_not_found()
    if is_staff(user):
        moderation.get_profile(profile_id)
    elif _own_profile(profiles, user, profile_id) is None:
        public_profiles.get_with_redirect(profile_id)
    return PlainResponse(avatar_svg(parsed), media_type="image/svg+xml")


def _own_profile(
    profiles: ProfileService, user: Principal | None, id_or_slug: str
) -> OwnView | None:
    if user is None or Permission.UPDATE_OWN_ESCORT_PROFILE not in user.permissions:
        return None
    try:
        profile = profiles.get(user.user_id)
    except NotFound:
        return None
    if id_or_slug not in {str(profile.id), profile.slug}:
        return None
    return OwnView.from_domain(profiles.get_overview(profile))
