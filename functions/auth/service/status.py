"""Shutting accounts out and letting them back in; closing one's own."""

from dataclasses import replace
from uuid import UUID

from auth.domain.accounts import STAFF_MOVES, Account, Move, require_other_person
from auth.domain.mails import MailPurpose
from auth.service.context import Context
from auth.service.mail_queue import request_mail
from auth.service.sign_in import confirm_password
from contracts.identity import Role, UserStatus
from kit.auth import Principal
from kit.errors import InvalidState
from kit.ids import new_id


def change_status(
    context: Context, actor: Principal, user_id: UUID, wanted: UserStatus, reason: str
) -> Account:
    """Move somebody else's account to the status that staff decided on; its sessions end."""
    require_other_person(actor.user_id, user_id)
    account = context.account(user_id, for_change=True)
    status = account.after(STAFF_MOVES[wanted])
    if status not in {UserStatus.ACTIVE, UserStatus.PENDING}:
        _require_admin_left(context, account)
        # Before the commit: if the sessions cannot be ended, nobody believes they are.
        context.sessions.revoke_all(user_id)
    now = context.now()
    context.accounts.set_status(user_id, status, now, verified_at=account.email_verified_at)
    context.accounts.record_status_change(
        new_id(), account, status, actor_id=actor.user_id, reason=reason, now=now
    )
    context.publisher.status_changed(user_id, status)
    request_mail(context, user_id, MailPurpose.STATUS_CHANGED)
    return replace(account, status=status, updated_at=now)


def close_account(context: Context, user_id: UUID, password: str) -> None:
    """Close one's own account: the person is forgotten, the id stays for the evidence."""
    account = context.account(user_id, for_change=True)
    confirm_password(context, account, password, field="password")
    account.after(Move.CLOSE)
    _require_admin_left(context, account)
    context.sessions.revoke_all(user_id)
    context.accounts.anonymise(user_id, context.now())
    context.publisher.closed(user_id)


def _require_admin_left(context: Context, account: Account) -> None:
    if account.role is Role.ADMIN and not context.accounts.another_admin_is_active(account.id):
        raise InvalidState("last-administrator", "Somebody must be left to administer the site.")
