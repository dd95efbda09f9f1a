"""Login with password and second factor, and refresh of sessions."""

from dataclasses import dataclass, replace

from auth.domain.accounts import Account, require_may_sign_in
from auth.domain.email import normalize_email
from auth.domain.mails import MailPurpose
from auth.domain.request_origin import RequestOrigin
from auth.domain.tokens import LIFETIMES, TokenPurpose, hash_token, new_token
from auth.service.context import AuthContext
from auth.service.mail_queue import enqueue_mail
from auth.service.register import consume_token
from auth.service.second_factor import consume_code, has_second_factor
from auth.service.throttles import Throttle, check_rate_limit
from contracts.identity import Role
from kit.auth import Audience, Principal, Session, require_same_network
from kit.errors import NotFound, Unauthenticated
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class LoginTarget:
    """Realm that a caller logs in to.

    The audience `admin` has two kinds of realms: the staff pages, for callers from a staff network,
    and the dashboard of a provider, named by a slug of the profile. A CRM is named by a slug too.
    `network_change_allowed`: the session may continue in another network.
    """

    audience: Audience
    is_staff_network: bool
    slug: str | None = None
    network_change_allowed: bool = False


def crm_login_target(slug: str, *, network_change_allowed: bool) -> LoginTarget:
    """Return the login target for the CRM of the provider whose profile has `slug`."""
    return LoginTarget(
        Audience.CRM,
        is_staff_network=False,
        slug=slug,
        network_change_allowed=network_change_allowed,
    )


@dataclass(frozen=True, slots=True)
class Credentials:
    """Login credentials; without an e-mail address, the slug of the target names the account."""

    email: str | None
    password: str
    target: LoginTarget
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SignInResult:
    """New session and its credential: a cookie's value or a refresh token."""

    account: Account
    session: Session
    credential: str


@dataclass(frozen=True, slots=True)
class MfaChallenge:
    """Challenge for the second factor; the token proves that the password was right."""

    token: str


def sign_in(context: AuthContext, credentials: Credentials, origin: RequestOrigin) -> SignInResult:
    """Log in with password and code in one request, as API clients do."""
    account = _check_password(context, credentials, origin)
    if has_second_factor(context, account.id):
        if not credentials.code:
            raise Unauthenticated(
                "totp-required",
                _("Send the code of your authenticator app, or a recovery code, too."),
                field="totpCode",
            )
        consume_code(context, account.id, credentials.code, field="totpCode")
    return _start_session(context, account, credentials.target, origin)


def start_sign_in(
    context: AuthContext, credentials: Credentials, origin: RequestOrigin
) -> SignInResult | MfaChallenge:
    """Check the password; return a challenge if the account has a second factor."""
    account = _check_password(context, credentials, origin)
    if not has_second_factor(context, account.id):
        return _start_session(context, account, credentials.target, origin)
    token = new_token()
    expires_at = context.now() + LIFETIMES[TokenPurpose.SIGN_IN]
    context.tokens.add(hash_token(token), account.id, TokenPurpose.SIGN_IN, expires_at)
    return MfaChallenge(token)


def complete_sign_in(
    context: AuthContext, challenge: str, code: str, target: LoginTarget, origin: RequestOrigin
) -> SignInResult:
    """Check the second factor; a wrong code rolls back the consumption of the challenge's token."""
    user_id = consume_token(context, challenge, TokenPurpose.SIGN_IN)
    account = context.require_account(user_id)
    _require_realm_access(context, account, target)
    require_may_sign_in(account)
    consume_code(context, user_id, code, field="code")
    return _start_session(context, account, target, origin)


def validate_refresh_token(
    context: AuthContext, refresh_token: str, origin: RequestOrigin
) -> tuple[Session, Account]:
    """Return the session and account of a refresh token, without consuming the token.

    All other checks (the account's status, signing the new access token) come before the token is
    consumed; a client whose refresh failed later would be taken for a thief at its next try.
    """
    check_rate_limit(context, Throttle.REFRESH_NETWORK, origin.ip)
    session = context.sessions.by_credential(refresh_token)
    if session is None:
        # Not the current token: rotation rejects it, and ends the session if it was used before.
        context.sessions.rotate(refresh_token)
    account = context.accounts.by_id(session.user_id) if session else None
    if session is None or account is None:
        raise Unauthenticated("session-ended", _("This session has ended: sign in again."))
    require_same_network(context.sessions, session, origin.ip)
    require_may_sign_in(account)
    return session, account


def confirm_password(context: AuthContext, account: Account, password: str, field: str) -> None:
    """Raise `Unauthenticated` if `password` is not the account's password.

    For actions that a stolen session must not allow.
    """
    check_rate_limit(context, Throttle.PASSWORD_ACCOUNT, account.id)
    if not context.hasher.verify(password, account.password_hash):
        message = _("This is not your current password.")
        raise Unauthenticated("password-wrong", message, field=field)


def _check_password(
    context: AuthContext, credentials: Credentials, origin: RequestOrigin
) -> Account:
    check_rate_limit(context, Throttle.SIGN_IN_NETWORK, origin.ip)
    account = _find_account(context, credentials)
    _check_account_rate_limit(context, credentials, account, origin)
    password_hash = account.password_hash if account else None
    if not context.hasher.verify(credentials.password, password_hash) or account is None:
        raise _wrong_credentials_error(credentials)
    _require_realm_access(context, account, credentials.target, credentials)
    require_may_sign_in(account)
    return _rehash_if_needed(context, account, credentials.password)


def _find_account(context: AuthContext, credentials: Credentials) -> Account | None:
    """Return the account that the e-mail address or the slug names."""
    if credentials.email is not None:
        return context.accounts.by_email(credentials.email)
    slug = credentials.target.slug
    return context.accounts.by_slug(slug) if slug else None


def _check_account_rate_limit(
    context: AuthContext, credentials: Credentials, account: Account | None, origin: RequestOrigin
) -> None:
    """Count this attempt against the e-mail address or the slug that it names.

    A device that the owner signed in from before has its own counter, so that strangers who guess
    cannot lock the owner out. Only a cookie identifies such a device: it cannot be guessed. Attempts
    by slug, which is public, do not use up those by e-mail address, which is not; and two slugs
    have separate counters, or the counter would tell that both belong to one provider.
    """
    if credentials.email is None:
        throttle, counter = Throttle.SIGN_IN_SLUG, credentials.target.slug or ""
    else:
        throttle, counter = Throttle.SIGN_IN_ACCOUNT, normalize_email(credentials.email)
    if account and origin.device_token and context.devices.is_known(account.id, origin.device_hash):
        counter = f"{counter}:{origin.device_hash.hex()}"
    check_rate_limit(context, throttle, counter)


def _require_realm_access(
    context: AuthContext,
    account: Account,
    target: LoginTarget,
    credentials: Credentials | None = None,
) -> None:
    """Raise the error of a wrong password if the account may not log in to this realm."""
    if target.audience is Audience.SITE:
        return
    if target.slug is not None:
        owner = account.role is Role.ESCORT
        is_allowed = owner and context.accounts.owns_slug(account.id, target.slug)
    else:
        staff = target.audience is Audience.ADMIN and target.is_staff_network
        is_allowed = staff and account.role is Role.ADMIN
    if not is_allowed:
        raise _wrong_credentials_error(credentials)


def _rehash_if_needed(context: AuthContext, account: Account, password: str) -> Account:
    old = account.password_hash
    if old is None or not context.hasher.needs_rehash(old):
        return account
    new = context.hasher.hash(password)
    context.accounts.set_password(account.id, new, context.now(), expected_hash=old)
    return replace(account, password_hash=new)


def _start_session(
    context: AuthContext, account: Account, target: LoginTarget, origin: RequestOrigin
) -> SignInResult:
    _lock_unchanged_account(context, account)
    is_new = context.devices.record_sign_in(account.id, origin.device_hash, context.now())
    if is_new and context.accounts.preferences(account.id).new_device_mail:
        enqueue_mail(context, account.id, MailPurpose.NEW_DEVICE, origin.device)
    session, credential = context.sessions.create(
        user_id=account.id,
        role=account.role,
        audience=target.audience,
        device=origin.device,
        network=origin.ip,
        network_change_allowed=target.network_change_allowed,
    )
    return SignInResult(account, session, credential)


def _lock_unchanged_account(context: AuthContext, account: Account) -> None:
    """Lock the account and check that it is unchanged since the password was hashed.

    A suspension or a new password that arrives now waits for our commit, and then ends the session
    started here.
    """
    current = context.accounts.by_id_for_share(account.id)
    if (
        current is None
        or current.status is not account.status
        or current.password_hash != account.password_hash
    ):
        raise _wrong_credentials_error()


def _wrong_credentials_error(credentials: Credentials | None = None) -> Unauthenticated:
    if credentials is not None and credentials.email is None:
        message = _("The password is wrong.")
        return Unauthenticated("credentials-wrong", message, field="password")
    return Unauthenticated("credentials-wrong", _("The e-mail or the password is wrong."))


def require_slug_owner(context: AuthContext, principal: Principal, slug: str) -> None:
    """Raise `NotFound` if `slug` does not belong to the caller's own profile."""
    if not context.accounts.owns_slug(principal.user_id, slug):
        raise NotFound("not-found", _("There is nothing at this address."))
