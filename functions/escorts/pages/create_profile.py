"""Page to create a profile; all later changes happen in the dashboard.

Former pages of this address redirect to the dashboard, so that bookmarks keep working
(docs/adr/0009-separate-session-for-the-provider-dashboard.md).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.identity import Permission
from escorts.dashboard_dependencies import Owner, ProfileServiceDep, limit_writes
from escorts.domain.profiles import Content, Profile
from escorts.pages.forms import CreateProfileForm, pages
from escorts.service.my_profile import ProfileService
from kit.auth import Principal, requires
from kit.errors import NotFound
from kit.pages import Form, handle_form, redirect

router = APIRouter(prefix="/profile", include_in_schema=False)

type ProfileCreator = Annotated[Principal, requires(Permission.CREATE_ESCORT_PROFILE)]


@router.get("")
async def profile_page(request: Request, owner: Owner, profiles: ProfileServiceDep) -> Response:
    """Show the form to create a profile, or redirect to the dashboard."""
    profile = _find_profile(profiles, owner)
    return (
        _render_form(request, profiles, Form())
        if profile is None
        else redirect(_dashboard_path(profile))
    )


@router.post("", dependencies=[Depends(limit_writes)])
async def create_profile(
    request: Request, owner: ProfileCreator, profiles: ProfileServiceDep
) -> Response:
    """Create the profile."""

    def create(form: CreateProfileForm) -> Response:
        profile = profiles.create(owner.user_id, Content(form.name, form.city), form.date_of_birth)
        return redirect(f"{_dashboard_path(profile)}?done=created")

    return await handle_form(
        request,
        CreateProfileForm,
        create,
        lambda form, status: _render_form(request, profiles, form, status),
    )


@router.get("/details")
async def redirect_details(owner: Owner, profiles: ProfileServiceDep) -> Response:
    """Redirect to the dashboard's profile editor."""
    return redirect(f"{_dashboard_path(profiles.get(owner.user_id))}/profile")


@router.get("/offer")
async def redirect_offer(owner: Owner, profiles: ProfileServiceDep) -> Response:
    """Redirect to the dashboard's rates."""
    return redirect(f"{_dashboard_path(profiles.get(owner.user_id))}/rates")


@router.get("/preview")
async def redirect_preview(owner: Owner, profiles: ProfileServiceDep) -> Response:
    """Redirect to the dashboard's preview."""
    return redirect(f"{_dashboard_path(profiles.get(owner.user_id))}/preview")


def _dashboard_path(profile: Profile) -> str:
    return f"/{profile.slug}/admin"


def _find_profile(profiles: ProfileService, owner: Principal) -> Profile | None:
    try:
        return profiles.get(owner.user_id)
    except NotFound:
        return None


def _render_form(
    request: Request, profiles: ProfileService, form: Form, status: int = 200
) -> Response:
    cities = [(city.slug, city.name) for city in profiles.directory.cities() if city.listed]
    return pages.render(request, "create_profile.html", status, form=form, cities=cities)
