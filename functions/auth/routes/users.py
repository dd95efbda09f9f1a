"""API of accounts: details and preferences for their owners, and administration for staff."""

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

# Staff sessions first: a caller with both cookies means the one with more permissions.
_AUDIENCES = (Audience.ADMIN, Audience.SITE)


@router.get("/profile")
async def read_profile(principal: AccountReader, context: AuthContextDep) -> UserResponse:
    """Return the caller's account."""
    return _user_response(accounts.read_account_details(context, principal.user_id))


@router.put("/profile")
async def update_profile(
    body: ProfileRequest, principal: AccountEditor, context: AuthContextDep
) -> UserResponse:
    """Change the caller's account: absent fields are unchanged, null clears a field."""
    changes = body.model_dump(exclude_unset=True)
    return _user_response(accounts.update_account_details(context, principal.user_id, changes))


@router.post("/profile/close", status_code=204)
async def close_account(
    body: PasswordRequest, principal: AccountCloser, context: AuthContextDep
) -> None:
    """Close the caller's account for good: delete the personal data and end every session."""
    status.close_account(context, principal.user_id, body.password.get_secret_value())


@router.get("/preferences")
async def read_preferences(
    principal: AccountReader, context: AuthContextDep
) -> PreferencesResponse:
    """Return the caller's preferences."""
    preferences = context.accounts.preferences(principal.user_id)
    return PreferencesResponse.model_validate(preferences)


@router.put("/preferences")
async def update_preferences(
    body: PreferencesRequest, principal: AccountEditor, context: AuthContextDep
) -> PreferencesResponse:
    """Replace the caller's preferences."""
    preferences = Preferences(**body.model_dump())
    accounts.update_preferences(context, principal.user_id, preferences)
    return PreferencesResponse.model_validate(preferences)


@router.get("/{user_id}")
async def read_user(
    user_id: UUID,
    principal: Annotated[
        Principal,
        requires(Permission.READ_OWN_PROFILE, Permission.READ_ALL_USERS, audience=_AUDIENCES),
    ],
    context: AuthContextDep,
) -> UserResponse:
    """Return an account to its owner or to staff; for other callers it is not found."""
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
    """Suspend, ban or restore another account; suspending or banning ends its sessions at once."""
    new_status = UserStatus(body.status)
    account = status.change_status(context, principal, user_id, new_status, body.reason)
    return StatusResponse.model_validate(account)


def _user_response(profile: AccountDetails) -> UserResponse:
    account = asdict(profile.account)
    verified = profile.account.email_verified_at is not None
    return UserResponse.model_validate(
        {**account, **asdict(profile.personal_data), "email_verified": verified}
    )
