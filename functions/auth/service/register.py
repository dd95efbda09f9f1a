"""Registration of accounts and confirmation of their e-mail addresses.

Responses never tell a stranger whether an address has an account: response and work are the same,
and the difference goes by mail to the owner of the address.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.domain.accounts import Account, AccountTransition
from auth.domain.email import EmailAddress, normalize_email, parse_email
from auth.domain.mails import MailPurpose
from auth.domain.passwords import check_password
from auth.domain.personal_data import PersonalData
from auth.domain.request_origin import RequestOrigin
from auth.domain.tokens import TokenPurpose, hash_token
from auth.service.context import AuthContext
from auth.service.mail_queue import enqueue_mail
from auth.service.throttles import Throttle, check_rate_limit
from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState
from kit.i18n import gettext as _
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class RegistrationInput:
    """Input of a registration."""

    email: str
    password: str
    role: Role
    personal_data: PersonalData


def register_account(
    context: AuthContext, registration: RegistrationInput, origin: RequestOrigin
) -> None:
    """Create an account whose e-mail address is not confirmed yet."""
    if registration.role is Role.ADMIN:
        raise Forbidden("role-not-open", _("Choose client, escort or agency."), field="role")
    address = parse_email(registration.email)
    check_rate_limit(context, Throttle.REGISTER_NETWORK, origin.ip)
    check_rate_limit(context, Throttle.REGISTER_EMAIL, normalize_email(address))
    check_password(registration.password, email=address)
    personal_data = registration.personal_data.validate(context.now().date())
    password_hash = context.hasher.hash(registration.password)
    account = new_account(address, registration.role, password_hash, context.now())
    # Encrypted whether or not the address is free: the same work in both cases.
    encrypted_personal_data = context.encryption.encrypt_personal_data(account.id, personal_data)
    if context.accounts.add(account, encrypted_personal_data):
        context.events.publish_user_registered(account.id, account.role)
        enqueue_mail(context, account.id, MailPurpose.VERIFY_EMAIL)
    else:
        _mail_existing_owner(context, address)


def new_account(
    address: EmailAddress, role: Role, password_hash: str | None, now: datetime
) -> Account:
    """Return a new account with the status pending."""
    return Account(
        id=new_id(),
        email=address,
        password_hash=password_hash,
        role=role,
        status=UserStatus.PENDING,
        email_verified_at=None,
        display_name=None,
        avatar_url=None,
        created_at=now,
        updated_at=now,
    )


def resend_verification(context: AuthContext, email: str, origin: RequestOrigin) -> None:
    """Queue the confirmation mail again, if the address has an unconfirmed account."""
    address = parse_email(email)
    check_rate_limit(context, Throttle.MAIL_NETWORK, origin.ip)
    check_rate_limit(context, Throttle.MAIL_EMAIL, normalize_email(address))
    account = context.accounts.by_email(address)
    waiting = account is not None and account.email_verified_at is None
    enqueue_mail(context, account.id if account and waiting else None, MailPurpose.VERIFY_EMAIL)


def verify_email(context: AuthContext, token: str, origin: RequestOrigin) -> None:
    """Confirm the e-mail address that the token was sent to."""
    check_rate_limit(context, Throttle.LINK_NETWORK, origin.ip)
    user_id = consume_token(context, token, TokenPurpose.VERIFY_EMAIL)
    mark_email_verified(context, context.require_account(user_id, for_update=True))


def consume_token(context: AuthContext, token: str, purpose: TokenPurpose) -> UUID:
    """Consume a token; raise `InvalidState` if it was used, has expired or never existed."""
    user_id = context.tokens.consume(hash_token(token), purpose, context.now())
    if user_id is None:
        raise invalid_link_error()
    return user_id


def invalid_link_error() -> InvalidState:
    """Return the error for a token that is not valid, or no longer valid."""
    return InvalidState(
        "link-invalid", _("This link was used already or has expired: ask for a new one.")
    )


def mark_email_verified(context: AuthContext, account: Account) -> None:
    """Record that the account's owner receives mail at its address."""
    status = account.apply(AccountTransition.VERIFY)
    context.tokens.delete_all(account.id, TokenPurpose.VERIFY_EMAIL)
    if account.email_verified_at is None:
        now = context.now()
        context.accounts.set_status(account.id, status, now, verified_at=now)
        context.events.publish_email_verified(account.id)


def _mail_existing_owner(context: AuthContext, address: EmailAddress) -> None:
    owner = context.accounts.by_email(address)
    purpose = MailPurpose.ALREADY_REGISTERED
    if owner is not None and owner.email_verified_at is None:
        # The first password is kept: the owner of the address can reset it by mail, a stranger cannot.
        purpose = MailPurpose.VERIFY_EMAIL
    enqueue_mail(context, owner.id if owner else None, purpose)
