"""Beginning a profile; everything after that happens in the provider's own room.

The pages that used to be here redirect there, so that bookmarks keep working
(docs/adr/0009-separate-session-for-the-provider-dashboard.md).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contracts.identity import Permission
from escorts.dashboard_dependencies import Owner, OwnerSide, limit_writes
from escorts.domain.profiles import Content, Profile
from escorts.pages.forms import REFUSED, StartForm, see, show
from escorts.service.my_profile import Provider
from kit.auth import Principal, requires
from kit.errors import DomainError, NotFound
from kit.pages import Form, FormErrors, read_form

router = APIRouter(prefix="/profile", include_in_schema=False)

type Beginner = Annotated[Principal, requires(Permission.CREATE_ESCORT_PROFILE)]


@router.get("")
async def profile_page(request: Request, owner: Owner, provider: OwnerSide) -> Response:
    """Offer to begin, or lead to the room."""
    profile = _find(provider, owner)
    return _start(request, provider, Form()) if profile is None else see(_room(profile))


@router.post("", dependencies=[Depends(limit_writes)])
async def begin(request: Request, owner: Beginner, provider: OwnerSide) -> Response:
    """Begin the profile."""
    form = await read_form(request, StartForm)
    if isinstance(form, FormErrors):
        return _start(request, provider, form, REFUSED)
    try:
        profile = provider.create(owner.user_id, Content(form.name, form.city), form.date_of_birth)
    except DomainError as error:
        return _start(request, provider, FormErrors.from_error(error, form), error.status)
    return see(f"{_room(profile)}?done=created")


@router.get("/details")
async def details_moved(owner: Owner, provider: OwnerSide) -> Response:
    """Lead to the room's editor."""
    return see(f"{_room(provider.mine(owner.user_id))}/profile")


@router.get("/offer")
async def offer_moved(owner: Owner, provider: OwnerSide) -> Response:
    """Lead to the room's rates."""
    return see(f"{_room(provider.mine(owner.user_id))}/rates")


@router.get("/preview")
async def preview_moved(owner: Owner, provider: OwnerSide) -> Response:
    """Lead to the room's preview."""
    return see(f"{_room(provider.mine(owner.user_id))}/preview")


def _room(profile: Profile) -> str:
    return f"/{profile.slug}/admin"


def _find(provider: Provider, owner: Principal) -> Profile | None:
    try:
        return provider.mine(owner.user_id)
    except NotFound:
        return None


def _start(request: Request, provider: Provider, form: Form, status: int = 200) -> Response:
    cities = [(city.slug, city.name) for city in provider.directory.cities() if city.listed]
    return show(request, "start.html", status, form=form, cities=cities)
