"""What an account says about its person, and how they want to be treated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.personal_data import PrivateDetails
from auth.domain.preferences import Preferences
from auth.service.context import Context
from contracts.identity import Permission
from kit.auth import Audience, Principal
from kit.errors import NotFound

_PUBLIC = frozenset({"display_name", "avatar_url"})


@dataclass(frozen=True, slots=True)
class Profile:
    """An account with its opened details: for its owner and for staff."""

    account: Account
    details: PrivateDetails


def read_profile(context: Context, user_id: UUID) -> Profile:
    """Return the profile of an account."""
    return _opened(context, context.account(user_id))


def update_profile(context: Context, user_id: UUID, changes: Mapping[str, Any]) -> Profile:
    """Change what `changes` names; what it does not name stays, None clears."""
    profile = _opened(context, context.account(user_id, for_change=True))
    public = {name: value for name, value in changes.items() if name in _PUBLIC}
    private = {name: value for name, value in changes.items() if name not in _PUBLIC}
    now = context.now()
    account = replace(profile.account, **public, updated_at=now)
    details = replace(profile.details, **private).checked(now.date())
    sealed = context.vault.seal_details(user_id, details)
    context.accounts.set_profile(account, private_doc=sealed, now=now)
    return Profile(account, details)


def require_owner_or_staff(principal: Principal, user_id: UUID, permission: Permission) -> None:
    """Raise `NotFound` for anybody else: whether an id exists is not theirs to know."""
    is_staff = principal.audience is Audience.ADMIN and permission in principal.permissions
    if principal.user_id != user_id and not is_staff:
        raise NotFound("user-not-found", "There is no such account.")


def update_preferences(context: Context, user_id: UUID, preferences: Preferences) -> Preferences:
    """Replace the preferences."""
    preferences.check()
    context.accounts.set_preferences(context.account(user_id).id, preferences)
    return preferences


def _opened(context: Context, account: Account) -> Profile:
    sealed = context.accounts.private_doc(account.id)
    return Profile(account, context.vault.open_details(account.id, sealed))
