"""Opening an account and confirming its address.

Nothing here tells a stranger whether an address has an account: the answer and the work are the
same, and what differs goes by mail to whoever owns the address.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auth.domain.accounts import Account, Move
from auth.domain.email import EmailAddress, email_address, folded
from auth.domain.mails import MailPurpose
from auth.domain.passwords import check_password
from auth.domain.personal_data import PrivateDetails
from auth.domain.request_origin import Visitor
from auth.domain.tokens import TokenPurpose, token_hash
from auth.service.context import Context
from auth.service.mail_queue import request_mail
from auth.service.throttles import Throttle, count
from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState
from kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody gives us to open an account."""

    email: str
    password: str
    role: Role
    details: PrivateDetails


def register(context: Context, application: Application, visitor: Visitor) -> None:
    """Open an account that waits for its address to be confirmed."""
    if application.role is Role.ADMIN:
        raise Forbidden("role-not-open", "Choose client, escort or agency.", field="role")
    address = email_address(application.email)
    count(context, Throttle.REGISTER_NETWORK, visitor.ip)
    count(context, Throttle.REGISTER_EMAIL, folded(address))
    check_password(application.password, email=address)
    details = application.details.checked(context.now().date())
    password_hash = context.hasher.hash(application.password)
    account = new_account(address, application.role, password_hash, context.now())
    # Sealed whether or not the address is free: the same work either way.
    private_doc = context.vault.seal_details(account.id, details)
    if context.accounts.add(account, private_doc):
        context.publisher.registered(account.id, account.role)
        request_mail(context, account.id, MailPurpose.VERIFY_EMAIL)
    else:
        _tell_owner(context, address)


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


def resend_verification(context: Context, email: str, visitor: Visitor) -> None:
    """Send the link again to an account that waits for it."""
    address = email_address(email)
    count(context, Throttle.MAIL_NETWORK, visitor.ip)
    count(context, Throttle.MAIL_EMAIL, folded(address))
    account = context.accounts.by_email(address)
    waiting = account is not None and account.email_verified_at is None
    request_mail(context, account.id if account and waiting else None, MailPurpose.VERIFY_EMAIL)


def verify_email(context: Context, token: str, visitor: Visitor) -> None:
    """Confirm the address that the token was sent to."""
    count(context, Throttle.LINK_NETWORK, visitor.ip)
    user_id = take_token(context, token, TokenPurpose.VERIFY_EMAIL)
    mark_verified(context, context.account(user_id, for_change=True))


def take_token(context: Context, token: str, purpose: TokenPurpose) -> UUID:
    """Use a token up; raise `InvalidState` where it was used, has expired or never was."""
    user_id = context.tokens.take(token_hash(token), purpose, context.now())
    if user_id is None:
        raise link_invalid()
    return user_id


def link_invalid() -> InvalidState:
    """Return the refusal of a token that is not good, or not any more."""
    return InvalidState(
        "link-invalid", "This link was used already or has expired: ask for a new one."
    )


def mark_verified(context: Context, account: Account) -> None:
    """Note that the account's owner reads its mail."""
    status = account.after(Move.VERIFY)
    context.tokens.drop_all(account.id, TokenPurpose.VERIFY_EMAIL)
    if account.email_verified_at is None:
        now = context.now()
        context.accounts.set_status(account.id, status, now, verified_at=now)
        context.publisher.verified(account.id)


def _tell_owner(context: Context, address: EmailAddress) -> None:
    owner = context.accounts.by_email(address)
    purpose = MailPurpose.ALREADY_REGISTERED
    if owner is not None and owner.email_verified_at is None:
        # The first password stays: whoever reads the mail can reset it, whoever typed it cannot.
        purpose = MailPurpose.VERIFY_EMAIL
    request_mail(context, owner.id if owner else None, purpose)
