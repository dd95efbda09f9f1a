"""Opening an account and confirming its address.

Nothing here tells a stranger whether an address has an account: the answer and the work are the
same, and what differs goes by mail to whoever owns the address.
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
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class RegistrationInput:
    """What somebody gives us to open an account."""

    email: str
    password: str
    role: Role
    personal_data: PersonalData


def register_account(
    context: AuthContext, registration: RegistrationInput, origin: RequestOrigin
) -> None:
    """Open an account that waits for its address to be confirmed."""
    if registration.role is Role.ADMIN:
        raise Forbidden("role-not-open", "Choose client, escort or agency.", field="role")
    address = parse_email(registration.email)
    check_rate_limit(context, Throttle.REGISTER_NETWORK, origin.ip)
    check_rate_limit(context, Throttle.REGISTER_EMAIL, normalize_email(address))
    check_password(registration.password, email=address)
    details = registration.personal_data.validate(context.now().date())
    password_hash = context.hasher.hash(registration.password)
    account = new_account(address, registration.role, password_hash, context.now())
    # Sealed whether or not the address is free: the same work either way.
    encrypted_personal_data = context.encryption.encrypt_personal_data(account.id, details)
    if context.accounts.add(account, encrypted_personal_data):
        context.events.publish_user_registered(account.id, account.role)
        enqueue_mail(context, account.id, MailPurpose.VERIFY_EMAIL)
    else:
        _mail_existing_owner(context, address)


def new_account(
    address: EmailAddress, role: Role, password_hash: str | None, now: datetime
) -> Account:
    """Return an account as it begins."""
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
    """Send the link again to an account that waits for it."""
    address = parse_email(email)
    check_rate_limit(context, Throttle.MAIL_NETWORK, origin.ip)
    check_rate_limit(context, Throttle.MAIL_EMAIL, normalize_email(address))
    account = context.accounts.by_email(address)
    waiting = account is not None and account.email_verified_at is None
    enqueue_mail(context, account.id if account and waiting else None, MailPurpose.VERIFY_EMAIL)


def verify_email(context: AuthContext, token: str, origin: RequestOrigin) -> None:
    """Confirm the address that the token was sent to."""
    check_rate_limit(context, Throttle.LINK_NETWORK, origin.ip)
    user_id = consume_token(context, token, TokenPurpose.VERIFY_EMAIL)
    mark_email_verified(context, context.require_account(user_id, for_update=True))


def consume_token(context: AuthContext, token: str, purpose: TokenPurpose) -> UUID:
    """Use a token up; raise `InvalidState` where it was used, has expired or never was."""
    user_id = context.tokens.consume(hash_token(token), purpose, context.now())
    if user_id is None:
        raise invalid_link_error()
    return user_id


def invalid_link_error() -> InvalidState:
    """Return the refusal of a token that is not good, or not any more."""
    return InvalidState(
        "link-invalid", "This link was used already or has expired: ask for a new one."
    )


def mark_email_verified(context: AuthContext, account: Account) -> None:
    """Note that the account's owner reads its mail."""
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
        # The first password stays: whoever reads the mail can reset it, whoever typed it cannot.
        purpose = MailPurpose.VERIFY_EMAIL
    enqueue_mail(context, owner.id if owner else None, purpose)
