"""What everybody may ask for; its owner and staff see more of a profile."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Response as PlainResponse
from fastapi.responses import RedirectResponse

from contracts.identity import Permission
from escorts.dependencies import Anybody, OwnerSide, PublicSide, StaffSide, is_staff
from escorts.domain.avatar import avatar_svg
from escorts.schemas.private import OwnView, StaffView
from escorts.schemas.public import Card, CitiesView, CityView, PublicView
from escorts.schemas.requests import ListQuery
from escorts.service.browsing import MovedTo, as_id, no_such_profile
from escorts.service.provider import Provider
from kit.auth import Principal, public
from kit.errors import NotFound
from kit.http import API, Page

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.get("", dependencies=[public()])
async def list_escorts(query: Annotated[ListQuery, Query()], browsing: PublicSide) -> Page[Card]:
    """Return verified companions of a city, newest first; none is an empty list."""
    listing = browsing.listing(query.location, query.cursor, query.limit)
    return Page[Card](
        items=[Card.of(profile) for profile in listing.profiles], next_cursor=listing.next_cursor
    )


@router.get("/cities", dependencies=[public()])
async def list_cities(browsing: PublicSide) -> CitiesView:
    """Return the cities of the directory, and how many companions each has."""
    return CitiesView(items=[CityView.of(item) for item in browsing.cities()])


@router.get(
    "/{id_or_slug}",
    response_model=PublicView | OwnView | StaffView,
    responses={301: {"description": "The profile has another address now"}},
)
async def read_escort(
    id_or_slug: str,
    somebody: Anybody,
    browsing: PublicSide,
    provider: OwnerSide,
    staff: StaffSide,
) -> PlainResponse | PublicView | OwnView | StaffView:
    """Return a profile: in full to its owner and to staff, to everybody else if it is public."""
    if is_staff(somebody):
        return StaffView.of(staff.profile(id_or_slug))
    own = _own(provider, somebody, id_or_slug)
    if own is not None:
        return own
    found = browsing.find(id_or_slug)
    if isinstance(found, MovedTo):
        return RedirectResponse(f"{API}/escorts/{found.slug}", 301)
    return PublicView.of(found)


@router.get(
    "/{profile_id}/avatar.svg",
    response_class=PlainResponse,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def read_avatar(
    profile_id: str, somebody: Anybody, browsing: PublicSide, provider: OwnerSide, staff: StaffSide
) -> PlainResponse:
    """Return a profile's abstract picture; who may not see the profile does not see it either."""
    wanted = as_id(profile_id)
    if wanted is None:
        raise no_such_profile()
    if is_staff(somebody):
        staff.profile(profile_id)
    elif _own(provider, somebody, profile_id) is None:
        browsing.find(profile_id)
    return PlainResponse(avatar_svg(wanted), media_type="image/svg+xml")


def _own(provider: Provider, somebody: Principal | None, id_or_slug: str) -> OwnView | None:
    if somebody is None or Permission.UPDATE_OWN_ESCORT_PROFILE not in somebody.permissions:
        return None
    try:
        profile = provider.mine(somebody.user_id)
    except NotFound:
        return None
    if id_or_slug not in {str(profile.id), profile.slug}:
        return None
    return OwnView.of(provider.overview(profile))
