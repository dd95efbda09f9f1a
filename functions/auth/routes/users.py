"""Accounts: one's own profile and preferences, and what staff may do about others."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from auth.dependencies import Closer, Editor, InContext, Reader
from auth.domain.preferences import Preferences
from auth.schemas import (
    PasswordRequest,
    PreferencesBody,
    PreferencesResponse,
    ProfileRequest,
    StatusRequest,
    StatusResponse,
    UserResponse,
)
from auth.service import profile as profiles
from auth.service import status as statuses
from auth.service.profile import Profile
from contracts.identity import Permission, UserStatus
from kit.auth import Audience, Principal, requires
from kit.http import API

router = APIRouter(prefix=f"{API}/users", tags=["users"])

# The staff's room first: with both cookies at hand the caller means the wider one.
_ROOMS = (Audience.ADMIN, Audience.SITE)


@router.get("/profile")
async def read_profile(principal: Reader, context: InContext) -> UserResponse:
    """Return one's own account."""
    return _shown(profiles.read_profile(context, principal.user_id))


@router.put("/profile")
async def update_profile(
    body: ProfileRequest, principal: Editor, context: InContext
) -> UserResponse:
    """Change one's own account: what is absent stays as it is, null clears."""
    changes = body.model_dump(exclude_unset=True)
    return _shown(profiles.update_profile(context, principal.user_id, changes))


@router.post("/profile/close", status_code=204)
async def close_account(body: PasswordRequest, principal: Closer, context: InContext) -> None:
    """Close one's own account for good: the person is forgotten and every session ends."""
    statuses.close_account(context, principal.user_id, body.password.get_secret_value())


@router.get("/preferences")
async def read_preferences(principal: Reader, context: InContext) -> PreferencesResponse:
    """Return one's own preferences."""
    preferences = context.accounts.preferences(principal.user_id)
    return PreferencesResponse.model_validate(preferences)


@router.put("/preferences")
async def update_preferences(
    body: PreferencesBody, principal: Editor, context: InContext
) -> PreferencesResponse:
    """Replace one's own preferences."""
    wanted = Preferences(**body.model_dump())
    saved = profiles.update_preferences(context, principal.user_id, wanted)
    return PreferencesResponse.model_validate(saved)


@router.get("/{user_id}")
async def read_user(
    user_id: UUID,
    principal: Annotated[
        Principal,
        requires(Permission.READ_OWN_PROFILE, Permission.READ_ALL_USERS, audience=_ROOMS),
    ],
    context: InContext,
) -> UserResponse:
    """Return an account to its owner or to staff; to anybody else it is not there."""
    profiles.require_owner_or_staff(principal, user_id, Permission.READ_ALL_USERS)
    return _shown(profiles.read_profile(context, user_id))


@router.put("/{user_id}")
async def update_user(
    user_id: UUID,
    body: ProfileRequest,
    principal: Annotated[
        Principal,
        requires(Permission.UPDATE_OWN_PROFILE, Permission.UPDATE_ANY_USER, audience=_ROOMS),
    ],
    context: InContext,
) -> UserResponse:
    """Change an account, as its owner or as staff."""
    profiles.require_owner_or_staff(principal, user_id, Permission.UPDATE_ANY_USER)
    changes = body.model_dump(exclude_unset=True)
    return _shown(profiles.update_profile(context, user_id, changes))


@router.put("/{user_id}/status")
async def change_status(
    user_id: UUID,
    body: StatusRequest,
    principal: Annotated[
        Principal, requires(Permission.UPDATE_USER_STATUS, audience=Audience.ADMIN)
    ],
    context: InContext,
) -> StatusResponse:
    """Suspend, ban or restore somebody else's account; shutting out ends its sessions at once."""
    wanted = UserStatus(body.status)
    account = statuses.change_status(context, principal, user_id, wanted, body.reason)
    return StatusResponse.model_validate(account)


def _shown(profile: Profile) -> UserResponse:
    account = asdict(profile.account)
    verified = profile.account.email_verified_at is not None
    return UserResponse.model_validate(
        {**account, **asdict(profile.details), "email_verified": verified}
    )
