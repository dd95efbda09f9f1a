"""Details and preferences of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.personal_data import PersonalData
from auth.domain.preferences import Preferences
from auth.service.context import AuthContext
from contracts.identity import Permission
from kit.auth import Audience, Principal
from kit.errors import NotFound
from kit.i18n import gettext as _

_PUBLIC = frozenset({"display_name", "avatar_url"})


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """Account with its decrypted personal data, for its owner and for staff."""

    account: Account
    personal_data: PersonalData


def read_account_details(context: AuthContext, user_id: UUID) -> AccountDetails:
    """Return the account with its decrypted personal data."""
    return _decrypt(context, context.require_account(user_id))


def update_account_details(
    context: AuthContext, user_id: UUID, changes: Mapping[str, Any]
) -> AccountDetails:
    """Change the fields in `changes`; other fields are unchanged, None clears."""
    current = _decrypt(context, context.require_account(user_id, for_update=True))
    public = {name: value for name, value in changes.items() if name in _PUBLIC}
    private = {name: value for name, value in changes.items() if name not in _PUBLIC}
    now = context.now()
    account = replace(current.account, **public, updated_at=now)
    personal_data = replace(current.personal_data, **private).validate(now.date())
    encrypted = context.encryption.encrypt_personal_data(user_id, personal_data)
    context.accounts.set_details(account, encrypted_personal_data=encrypted, now=now)
    return AccountDetails(account, personal_data)


def require_owner_or_staff(principal: Principal, user_id: UUID, permission: Permission) -> None:
    """Raise `NotFound` for any other caller, which hides whether the id exists."""
    is_staff = principal.audience is Audience.ADMIN and permission in principal.permissions
    if principal.user_id != user_id and not is_staff:
        raise NotFound("user-not-found", _("There is no such account."))


def update_preferences(
    context: AuthContext, user_id: UUID, preferences: Preferences
) -> Preferences:
    """Replace the account's preferences."""
    preferences.validate()
    context.accounts.set_preferences(context.require_account(user_id).id, preferences)
    return preferences


def _decrypt(context: AuthContext, account: Account) -> AccountDetails:
    encrypted = context.accounts.encrypted_personal_data(account.id)
    return AccountDetails(account, context.encryption.decrypt_personal_data(account.id, encrypted))
