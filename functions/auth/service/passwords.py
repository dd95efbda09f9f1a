"""Reset and change of passwords."""

from auth.domain.accounts import Account
from auth.domain.email import normalize_email, parse_email
from auth.domain.mails import MailPurpose
from auth.domain.passwords import check_password
from auth.domain.request_origin import RequestOrigin
from auth.domain.tokens import TokenPurpose, hash_token
from auth.service.context import AuthContext
from auth.service.mail_queue import enqueue_mail
from auth.service.register import consume_token, invalid_link_error, mark_email_verified
from auth.service.sign_in import confirm_password
from auth.service.throttles import Throttle, check_rate_limit
from kit.auth import Principal
from kit.errors import Conflict
from kit.i18n import gettext as _


def request_password_reset(context: AuthContext, email: str, origin: RequestOrigin) -> None:
    """Queue a mail with a reset link, if the address has an account."""
    address = parse_email(email)
    check_rate_limit(context, Throttle.MAIL_NETWORK, origin.ip)
    check_rate_limit(context, Throttle.MAIL_EMAIL, normalize_email(address))
    account = context.accounts.by_email(address)
    enqueue_mail(context, account.id if account else None, MailPurpose.RESET_PASSWORD)


def require_valid_reset_link(context: AuthContext, token: str, origin: RequestOrigin) -> None:
    """Raise `InvalidState` for a link that does not work, before a new password is typed in."""
    check_rate_limit(context, Throttle.LINK_NETWORK, origin.ip)
    purpose = TokenPurpose.RESET_PASSWORD
    if not context.tokens.is_valid(hash_token(token), purpose, context.now()):
        raise invalid_link_error()


def reset_password(context: AuthContext, token: str, password: str, origin: RequestOrigin) -> None:
    """Set a new password with a link; every session of the account ends.

    The link came by mail, so it confirms the e-mail address too.
    """
    check_rate_limit(context, Throttle.LINK_NETWORK, origin.ip)
    user_id = consume_token(context, token, TokenPurpose.RESET_PASSWORD)
    account = context.require_account(user_id, for_update=True)
    _replace_password(context, account, password, field="newPassword", except_session_id=None)
    mark_email_verified(context, account)


def change_password(context: AuthContext, principal: Principal, current: str, new: str) -> None:
    """Change the password after checking the current one; every other session ends."""
    account = context.require_account(principal.user_id)
    confirm_password(context, account, current, field="currentPassword")
    _replace_password(
        context, account, new, field="newPassword", except_session_id=principal.session_id
    )


def _replace_password(
    context: AuthContext,
    account: Account,
    password: str,
    *,
    field: str,
    except_session_id: str | None,
) -> None:
    check_password(password, email=account.email, field=field)
    new = context.hasher.hash(password)
    old = account.password_hash
    if not context.accounts.set_password(account.id, new, context.now(), expected_hash=old):
        raise Conflict("password-changed", _("The password was changed elsewhere: sign in again."))
    # A stranger may hold a link or a half-finished login: neither may work any more.
    context.tokens.delete_all(account.id, TokenPurpose.RESET_PASSWORD)
    context.tokens.delete_all(account.id, TokenPurpose.SIGN_IN)
    # Before the commit: if the sessions cannot be ended, the password is not changed either.
    context.sessions.revoke_all(account.id, except_session_id=except_session_id)
    enqueue_mail(context, account.id, MailPurpose.PASSWORD_CHANGED)
