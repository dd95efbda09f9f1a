"""Routes of a profile's slug and appearance."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from escorts.dashboard_dependencies import Owner, ProfileSettingsDep, limit_writes
from escorts.domain.appearance import Appearance
from escorts.routes.my_profile import own_profile_response, parse_if_match
from escorts.schemas.owner_and_staff import OwnView
from escorts.schemas.profile_settings import AppearanceBody, AppearanceView, SlugBody
from kit.http import API

router = APIRouter(prefix=f"{API}/escorts", tags=["escorts"])


@router.put("/{profile_id}/slug", dependencies=[Depends(limit_writes)])
async def change_slug(
    profile_id: UUID,
    body: SlugBody,
    owner: Owner,
    settings: ProfileSettingsDep,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> OwnView:
    """Change the profile's slug; former ones redirect. `If-Match` as for the content."""
    profile = settings.change_slug(owner.user_id, profile_id, parse_if_match(if_match), body.slug)
    return own_profile_response(settings.profile_service, profile, response)


@router.get("/{profile_id}/appearance")
async def read_appearance(
    profile_id: UUID, owner: Owner, settings: ProfileSettingsDep
) -> AppearanceView:
    """Return the theme and the layout of your own page."""
    return AppearanceView.model_validate(settings.get_appearance(owner.user_id, profile_id))


@router.put("/{profile_id}/appearance", dependencies=[Depends(limit_writes)])
async def update_appearance(
    profile_id: UUID, body: AppearanceBody, owner: Owner, settings: ProfileSettingsDep
) -> AppearanceView:
    """Set the theme and the layout of your own page."""
    chosen = settings.set_appearance(owner.user_id, profile_id, Appearance(body.theme, body.layout))
    return AppearanceView.model_validate(chosen)
