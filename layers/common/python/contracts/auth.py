"""Events of auth: ids and enums only, never an e-mail address, a name or a token."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.identity import Role
from kit.events import Event


class _AuthEvent(Event):
    source: ClassVar[str] = "hellomahi.auth"


class UserRegistered(_AuthEvent):
    """Account was registered; its e-mail address is not confirmed yet."""

    user_id: UUID
    role: Role


class EmailVerified(_AuthEvent):
    """E-mail address of an account was confirmed; the account may log in."""

    user_id: UUID


class MailQueued(_AuthEvent):
    """Mail was queued: a row of `auth.mails` waits for the mailer."""

    mail_id: UUID


class AccountClosed(_AuthEvent):
    """Account was closed, and its personal data deleted for good."""

    user_id: UUID


class UserSuspended(_AuthEvent):
    """Account was suspended or banned by staff."""

    user_id: UUID
    status: Literal["suspended", "banned"]


class UserRestored(_AuthEvent):
    """Account was restored by staff."""

    user_id: UUID
