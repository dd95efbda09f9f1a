"""What auth tells the others: ids and enums only, never an address, a name or a token."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.identity import Role
from kit.events import Event


class _AuthEvent(Event):
    source: ClassVar[str] = "hellomahi.auth"


class UserRegistered(_AuthEvent):
    """Somebody opened an account; its e-mail is not confirmed yet."""

    user_id: UUID
    role: Role


class EmailVerified(_AuthEvent):
    """The account's address was confirmed; it may sign in."""

    user_id: UUID


class MailQueued(_AuthEvent):
    """A row of `auth.mails` waits for the mailer."""

    mail_id: UUID


class AccountClosed(_AuthEvent):
    """The owner closed the account; its person is anonymised and will not come back."""

    user_id: UUID


class UserSuspended(_AuthEvent):
    """Staff shut the account out, for a while or for good."""

    user_id: UUID
    status: Literal["suspended", "banned"]


class UserRestored(_AuthEvent):
    """Staff let the account back in."""

    user_id: UUID
