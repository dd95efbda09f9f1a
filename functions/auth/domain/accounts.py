"""Accounts, their statuses and the transitions between them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState
from kit.i18n import gettext as _


class AccountTransition(StrEnum):
    """Status transition of an account."""

    VERIFY = "verify"
    SUSPEND = "suspend"
    BAN = "ban"
    RESTORE = "restore"
    CLOSE = "close"


_TRANSITIONS: dict[tuple[UserStatus, AccountTransition], UserStatus] = {
    (UserStatus.PENDING, AccountTransition.VERIFY): UserStatus.ACTIVE,
    (UserStatus.PENDING, AccountTransition.SUSPEND): UserStatus.SUSPENDED,
    (UserStatus.PENDING, AccountTransition.BAN): UserStatus.BANNED,
    # Confirming twice is fine (the link, then a reset), and never lifts a staff decision.
    (UserStatus.ACTIVE, AccountTransition.VERIFY): UserStatus.ACTIVE,
    (UserStatus.ACTIVE, AccountTransition.SUSPEND): UserStatus.SUSPENDED,
    (UserStatus.ACTIVE, AccountTransition.BAN): UserStatus.BANNED,
    (UserStatus.ACTIVE, AccountTransition.CLOSE): UserStatus.CLOSED,
    (UserStatus.SUSPENDED, AccountTransition.VERIFY): UserStatus.SUSPENDED,
    (UserStatus.SUSPENDED, AccountTransition.BAN): UserStatus.BANNED,
    (UserStatus.SUSPENDED, AccountTransition.RESTORE): UserStatus.ACTIVE,
    (UserStatus.BANNED, AccountTransition.VERIFY): UserStatus.BANNED,
    (UserStatus.BANNED, AccountTransition.RESTORE): UserStatus.ACTIVE,
}

STAFF_TRANSITIONS = {
    UserStatus.SUSPENDED: AccountTransition.SUSPEND,
    UserStatus.BANNED: AccountTransition.BAN,
    UserStatus.ACTIVE: AccountTransition.RESTORE,
}
"""Transition to each status that staff may set."""


@dataclass(frozen=True, slots=True)
class Account:
    """Account of a person, without the encrypted personal data."""

    id: UUID
    email: str
    password_hash: str | None
    role: Role
    status: UserStatus
    email_verified_at: datetime | None
    display_name: str | None
    avatar_url: str | None
    created_at: datetime
    updated_at: datetime

    def apply(self, transition: AccountTransition) -> UserStatus:
        """Return the status after `transition`; raise `InvalidState` if it is not allowed."""
        status = _TRANSITIONS.get((self.status, transition))
        if status is None:
            message = _(
                "The status of an account cannot change from %(status)s to that status.",
                status=self.status,
            )
            raise InvalidState("status-transition", message, field="status")
        if transition is AccountTransition.RESTORE and self.email_verified_at is None:
            return UserStatus.PENDING
        return status


def require_may_sign_in(account: Account) -> None:
    """Raise `Forbidden` if the account's status does not allow login; call after the password check."""
    match account.status:
        case UserStatus.ACTIVE:
            return
        case UserStatus.PENDING:
            raise Forbidden(
                "email-not-verified",
                _(
                    "Confirm your e-mail address first: follow the link we sent, or ask for a new one."
                ),
            )
        case _:
            raise Forbidden(
                f"account-{account.status}",
                _("This account is blocked. Write to support if you think this is wrong."),
            )


def require_other_account(actor_id: UUID, subject_id: UUID) -> None:
    """Raise `Forbidden` if staff members change the status of their own account."""
    if actor_id == subject_id:
        raise Forbidden("own-status", _("Another administrator must decide about your account."))
