"""Status changes of accounts by staff, and closure by their owners."""

from dataclasses import replace
from uuid import UUID

from auth.domain.accounts import (
    STAFF_TRANSITIONS,
    Account,
    AccountTransition,
    require_other_account,
)
from auth.domain.mails import MailPurpose
from auth.service.context import AuthContext
from auth.service.mail_queue import enqueue_mail
from auth.service.sign_in import confirm_password
from contracts.identity import Role, UserStatus
from kit.auth import Principal
from kit.errors import InvalidState
from kit.i18n import gettext as _
from kit.ids import new_id


def change_status(
    context: AuthContext, actor: Principal, user_id: UUID, new_status: UserStatus, reason: str
) -> Account:
    """Set the status of another account, as staff; a suspension or ban ends its sessions."""
    require_other_account(actor.user_id, user_id)
    account = context.require_account(user_id, for_update=True)
    status = account.apply(STAFF_TRANSITIONS[new_status])
    if status not in {UserStatus.ACTIVE, UserStatus.PENDING}:
        _require_another_admin(context, account)
        # Before the commit: if the sessions cannot be ended, the status is not changed either.
        context.sessions.revoke_all(user_id)
    now = context.now()
    context.accounts.set_status(user_id, status, now, verified_at=account.email_verified_at)
    context.accounts.record_status_change(
        new_id(), account, status, actor_id=actor.user_id, reason=reason, now=now
    )
    context.events.publish_status_change(user_id, status)
    enqueue_mail(context, user_id, MailPurpose.STATUS_CHANGED)
    return replace(account, status=status, updated_at=now)


def close_account(context: AuthContext, user_id: UUID, password: str) -> None:
    """Close the caller's account: delete the personal data, keep the id for evidence."""
    account = context.require_account(user_id, for_update=True)
    confirm_password(context, account, password, field="password")
    account.apply(AccountTransition.CLOSE)
    _require_another_admin(context, account)
    context.sessions.revoke_all(user_id)
    context.accounts.anonymise(user_id, context.now())
    context.events.publish_account_closed(user_id)


def _require_another_admin(context: AuthContext, account: Account) -> None:
    if account.role is Role.ADMIN and not context.accounts.lock_another_admin(account.id):
        raise InvalidState(
            "last-administrator", _("The site needs at least one active administrator.")
        )
