"""Forgetting, resetting and changing the password."""

from auth.domain.accounts import Account
from auth.domain.email import email_address, folded
from auth.domain.mails import MailPurpose
from auth.domain.passwords import check_password
from auth.domain.request_origin import Visitor
from auth.domain.tokens import TokenPurpose, token_hash
from auth.service.context import Context
from auth.service.mail_queue import request_mail
from auth.service.register import link_invalid, mark_verified, take_token
from auth.service.sign_in import confirm_password
from auth.service.throttles import Throttle, count
from kit.auth import Principal
from kit.errors import Conflict


def forgot_password(context: Context, email: str, visitor: Visitor) -> None:
    """Send a link to choose a new password, if the address has an account."""
    address = email_address(email)
    count(context, Throttle.MAIL_NETWORK, visitor.ip)
    count(context, Throttle.MAIL_EMAIL, folded(address))
    account = context.accounts.by_email(address)
    request_mail(context, account.id if account else None, MailPurpose.RESET_PASSWORD)


def require_reset_link(context: Context, token: str, visitor: Visitor) -> None:
    """Raise `InvalidState` for a link that would not work: nobody thinks up a password in vain."""
    count(context, Throttle.LINK_NETWORK, visitor.ip)
    purpose = TokenPurpose.RESET_PASSWORD
    if not context.tokens.is_good(token_hash(token), purpose, context.now()):
        raise link_invalid()


def reset_password(context: Context, token: str, password: str, visitor: Visitor) -> None:
    """Choose a new password with a link; every session of the account ends.

    The link came by mail, so that it confirms the address too.
    """
    count(context, Throttle.LINK_NETWORK, visitor.ip)
    user_id = take_token(context, token, TokenPurpose.RESET_PASSWORD)
    account = context.account(user_id, for_change=True)
    _replace(context, account, password, field="newPassword", keep=None)
    mark_verified(context, account)


def change_password(context: Context, principal: Principal, current: str, new: str) -> None:
    """Choose a new password, knowing the current one; every other session ends."""
    account = context.account(principal.user_id)
    confirm_password(context, account, current, field="currentPassword")
    _replace(context, account, new, field="newPassword", keep=principal.session_id)


def _replace(
    context: Context, account: Account, password: str, *, field: str, keep: str | None
) -> None:
    check_password(password, email=account.email, field=field)
    new = context.hasher.hash(password)
    old = account.password_hash
    if not context.accounts.set_password(account.id, new, context.now(), instead_of=old):
        raise Conflict("password-changed", "The password was changed elsewhere: sign in again.")
    # A link or a half-finished sign-in that somebody else may hold is worth nothing any more.
    context.tokens.drop_all(account.id, TokenPurpose.RESET_PASSWORD)
    context.tokens.drop_all(account.id, TokenPurpose.SIGN_IN)
    # Before the commit: if the sessions cannot be ended, the password is not changed either.
    context.sessions.revoke_all(account.id, except_session_id=keep)
    request_mail(context, account.id, MailPurpose.PASSWORD_CHANGED)
