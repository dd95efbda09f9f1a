"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass, replace

from auth.domain.accounts import Account, require_may_sign_in
from auth.domain.email import folded
from auth.domain.mails import MailPurpose
from auth.domain.request_origin import Visitor
from auth.domain.tokens import LIFETIMES, TokenPurpose, new_token, token_hash
from auth.service.context import Context
from auth.service.mail_queue import request_mail
from auth.service.register import take_token
from auth.service.second_factor import has_second_factor, spend_code
from auth.service.throttles import Throttle, count
from contracts.identity import Role
from kit.auth import Audience, Principal, Session, require_same_network
from kit.errors import NotFound, Unauthenticated


@dataclass(frozen=True, slots=True)
class Entry:
    """Which room somebody wants to enter, and whether their network may enter the staff's.

    The audience `admin` has two kinds of rooms: the staff's, and each provider's own, named by an
    address of her profile; so is her CRM. `roams`: the session may go on in another network.
    """

    audience: Audience
    staff_network: bool
    own_room: str | None = None
    roams: bool = False


def private_room(address: str, *, roams: bool) -> Entry:
    """Return the entry to the CRM of the provider whose profile is at `address`."""
    return Entry(Audience.CRM, staff_network=False, own_room=address, roams=roams)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody shows to be let in; without an e-mail, the room's address names the account."""

    email: str | None
    password: str
    entry: Entry
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session and its credential: a cookie's value or a refresh token."""

    account: Account
    session: Session
    credential: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """The password was right; the token stands for it until the second factor is shown."""

    token: str


def sign_in(context: Context, attempt: Attempt, visitor: Visitor) -> SignedIn:
    """Check everything at once, as API clients send it."""
    account = _check_password(context, attempt, visitor)
    if has_second_factor(context, account.id):
        if not attempt.code:
            raise Unauthenticated(
                "totp-required",
                "Send the code of your authenticator app, or a recovery code, too.",
                field="totpCode",
            )
        spend_code(context, account.id, attempt.code, field="totpCode")
    return _open_session(context, account, attempt.entry, visitor)


def begin_sign_in(context: Context, attempt: Attempt, visitor: Visitor) -> SignedIn | Challenge:
    """Check the password; a second factor is asked for on a page of its own."""
    account = _check_password(context, attempt, visitor)
    if not has_second_factor(context, account.id):
        return _open_session(context, account, attempt.entry, visitor)
    token = new_token()
    expires_at = context.now() + LIFETIMES[TokenPurpose.SIGN_IN]
    context.tokens.add(token_hash(token), account.id, TokenPurpose.SIGN_IN, expires_at)
    return Challenge(token)


def finish_sign_in(
    context: Context, challenge: str, code: str, entry: Entry, visitor: Visitor
) -> SignedIn:
    """Check the second factor. A wrong code undoes the taking of the token with everything else."""
    user_id = take_token(context, challenge, TokenPurpose.SIGN_IN)
    account = context.account(user_id)
    _require_room(context, account, entry)
    require_may_sign_in(account)
    spend_code(context, user_id, code, field="code")
    return _open_session(context, account, entry, visitor)


def renewable(context: Context, credential: str, visitor: Visitor) -> tuple[Session, Account]:
    """Return the session and account that a refresh token belongs to; the token is not spent.

    What may fail otherwise (the account's state, signing the new access token) comes before the
    token is spent; a client that lost the answer would be taken for a thief.
    """
    count(context, Throttle.REFRESH_NETWORK, visitor.ip)
    session = context.sessions.by_credential(credential)
    if session is None:
        # Not the current token: rotating refuses it, and ends the family if it was a spent one.
        context.sessions.rotate(credential)
    account = context.accounts.by_id(session.user_id) if session else None
    if session is None or account is None:
        raise Unauthenticated("session-ended", "This session has ended: sign in again.")
    require_same_network(context.sessions, session, visitor.ip)
    require_may_sign_in(account)
    return session, account


def confirm_password(context: Context, account: Account, password: str, field: str) -> None:
    """Raise `Unauthenticated` where this is not the account's password.

    For decisions that a borrowed session must not be enough for.
    """
    count(context, Throttle.PASSWORD_ACCOUNT, account.id)
    if not context.hasher.verify(password, account.password_hash):
        message = "This is not your current password."
        raise Unauthenticated("password-wrong", message, field=field)


def _check_password(context: Context, attempt: Attempt, visitor: Visitor) -> Account:
    count(context, Throttle.SIGN_IN_NETWORK, visitor.ip)
    account = _named(context, attempt)
    _count_for_account(context, attempt, account, visitor)
    password_hash = account.password_hash if account else None
    if not context.hasher.verify(attempt.password, password_hash) or account is None:
        raise _refused(attempt)
    _require_room(context, account, attempt.entry, attempt)
    require_may_sign_in(account)
    return _rehashed(context, account, attempt.password)


def _named(context: Context, attempt: Attempt) -> Account | None:
    """Return the account that somebody says is theirs."""
    if attempt.email is not None:
        return context.accounts.by_email(attempt.email)
    address = attempt.entry.own_room
    return context.accounts.of_room(address) if address else None


def _count_for_account(
    context: Context, attempt: Attempt, account: Account | None, visitor: Visitor
) -> None:
    """Count this try towards what it names.

    A device that the owner signed in from before has a counter of its own, so that strangers who
    guess cannot shut the owner out. Only a cookie tells such a device: it cannot be guessed. Tries
    by a room's address, which is public, do not use up those by the e-mail, which is not; and two
    addresses are counted apart, or the count would tell that they are one person's.
    """
    if attempt.email is None:
        throttle, counter = Throttle.SIGN_IN_ROOM, attempt.entry.own_room or ""
    else:
        throttle, counter = Throttle.SIGN_IN_ACCOUNT, folded(attempt.email)
    if account and visitor.device and context.devices.knows(account.id, visitor.device_hash):
        counter = f"{counter}:{visitor.device_hash.hex()}"
    count(context, throttle, counter)


def _require_room(
    context: Context, account: Account, entry: Entry, attempt: Attempt | None = None
) -> None:
    """Refuse a room to everybody whose it is not, in the words for a wrong password."""
    if entry.audience is Audience.SITE:
        return
    if entry.own_room is not None:
        owner = account.role is Role.ESCORT
        welcome = owner and context.accounts.keeps_room(account.id, entry.own_room)
    else:
        staff = entry.audience is Audience.ADMIN and entry.staff_network
        welcome = staff and account.role is Role.ADMIN
    if not welcome:
        raise _refused(attempt)


def _rehashed(context: Context, account: Account, password: str) -> Account:
    old = account.password_hash
    if old is None or not context.hasher.outdated(old):
        return account
    new = context.hasher.hash(password)
    context.accounts.set_password(account.id, new, context.now(), instead_of=old)
    return replace(account, password_hash=new)


def _open_session(context: Context, account: Account, entry: Entry, visitor: Visitor) -> SignedIn:
    _require_unchanged(context, account)
    is_new = context.devices.remember(account.id, visitor.device_hash, context.now())
    if is_new and context.accounts.preferences(account.id).new_device_mail:
        request_mail(context, account.id, MailPurpose.NEW_DEVICE, visitor.label)
    session, credential = context.sessions.create(
        user_id=account.id,
        role=account.role,
        audience=entry.audience,
        device=visitor.label,
        network=visitor.ip,
        roams=entry.roams,
    )
    return SignedIn(account, session, credential)


def _require_unchanged(context: Context, account: Account) -> None:
    """Hold the account and look again: things may have changed while the password was hashed.

    A suspension or a new password that comes now waits for our commit, and then ends the session
    made here.
    """
    current = context.accounts.by_id_held(account.id)
    if (
        current is None
        or current.status is not account.status
        or current.password_hash != account.password_hash
    ):
        raise _refused()


def _refused(attempt: Attempt | None = None) -> Unauthenticated:
    if attempt is not None and attempt.email is None:
        message = "The password is not right."
        return Unauthenticated("credentials-wrong", message, field="password")
    return Unauthenticated("credentials-wrong", "The e-mail or the password is not right.")


def require_own_room(context: Context, principal: Principal, address: str) -> None:
    """Raise `NotFound` at every address that is not one of the caller's own profile."""
    if not context.accounts.keeps_room(principal.user_id, address):
        raise NotFound("not-found", "There is nothing at this address.")
