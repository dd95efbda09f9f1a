"""Accounts: one's own profile and preferences, and what staff may do about others."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from auth.dependencies import AccountCloser, AccountEditor, AccountReader, AuthContextDep
from auth.domain.preferences import Preferences
from auth.schemas import (
    PasswordRequest,
    PreferencesRequest,
    PreferencesResponse,
    ProfileRequest,
    StatusRequest,
    StatusResponse,
    UserResponse,
)
from auth.service import accounts, status
from auth.service.accounts import AccountDetails
from contracts.identity import Permission, UserStatus
from kit.auth import Audience, Principal, requires
from kit.http import API

router = APIRouter(prefix=f"{API}/users", tags=["users"])

# The staff's room first: with both cookies at hand the caller means the wider one.
_AUDIENCES = (Audience.ADMIN, Audience.SITE)


@router.get("/profile")
async def read_profile(principal: AccountReader, context: AuthContextDep) -> UserResponse:
    """Return one's own account."""
    return _user_response(accounts.read_account_details(context, principal.user_id))


@router.put("/profile")
async def update_profile(
    body: ProfileRequest, principal: AccountEditor, context: AuthContextDep
) -> UserResponse:
    """Change one's own account: what is absent stays as it is, null clears."""
    changes = body.model_dump(exclude_unset=True)
    return _user_response(accounts.update_account_details(context, principal.user_id, changes))


@router.post("/profile/close", status_code=204)
async def close_account(
    body: PasswordRequest, principal: AccountCloser, context: AuthContextDep
) -> None:
    """Close one's own account for good: the person is forgotten and every session ends."""
    status.close_account(context, principal.user_id, body.password.get_secret_value())


@router.get("/preferences")
async def read_preferences(
    principal: AccountReader, context: AuthContextDep
) -> PreferencesResponse:
    """Return one's own preferences."""
    preferences = context.accounts.preferences(principal.user_id)
    return PreferencesResponse.model_validate(preferences)


@router.put("/preferences")
async def update_preferences(
    body: PreferencesRequest, principal: AccountEditor, context: AuthContextDep
) -> PreferencesResponse:
    """Replace one's own preferences."""
    wanted = Preferences(**body.model_dump())
    saved = accounts.update_preferences(context, principal.user_id, wanted)
    return PreferencesResponse.model_validate(saved)


@router.get("/{user_id}")
async def read_user(
    user_id: UUID,
    principal: Annotated[
        Principal,
        requires(Permission.READ_OWN_PROFILE, Permission.READ_ALL_USERS, audience=_AUDIENCES),
    ],
    context: AuthContextDep,
) -> UserResponse:
    """Return an account to its owner or to staff; to anybody else it is not there."""
    accounts.require_owner_or_staff(principal, user_id, Permission.READ_ALL_USERS)
    return _user_response(accounts.read_account_details(context, user_id))


@router.put("/{user_id}")
async def update_user(
    user_id: UUID,
    body: ProfileRequest,
    principal: Annotated[
        Principal,
        requires(Permission.UPDATE_OWN_PROFILE, Permission.UPDATE_ANY_USER, audience=_AUDIENCES),
    ],
    context: AuthContextDep,
) -> UserResponse:
    """Change an account, as its owner or as staff."""
    accounts.require_owner_or_staff(principal, user_id, Permission.UPDATE_ANY_USER)
    changes = body.model_dump(exclude_unset=True)
    return _user_response(accounts.update_account_details(context, user_id, changes))


@router.put("/{user_id}/status")
async def change_status(
    user_id: UUID,
    body: StatusRequest,
    principal: Annotated[
        Principal, requires(Permission.UPDATE_USER_STATUS, audience=Audience.ADMIN)
    ],
    context: AuthContextDep,
) -> StatusResponse:
    """Suspend, ban or restore somebody else's account; shutting out ends its sessions at once."""
    wanted = UserStatus(body.status)
    account = status.change_status(context, principal, user_id, wanted, body.reason)
    return StatusResponse.model_validate(account)


def _user_response(profile: AccountDetails) -> UserResponse:
    account = asdict(profile.account)
    verified = profile.account.email_verified_at is not None
    return UserResponse.model_validate(
        {**account, **asdict(profile.personal_data), "email_verified": verified}
    )
