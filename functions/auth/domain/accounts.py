"""An account: its states, and who may move it from one to another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState


class AccountTransition(StrEnum):
    """Something that happens to an account."""

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
"""The status that staff ask for, and the move that leads there."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account, without what is sealed."""

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
        """Return the status that `move` leads to; raise `InvalidState` where it leads nowhere."""
        status = _TRANSITIONS.get((self.status, transition))
        if status is None:
            message = f"An account that is {self.status} cannot be moved to that status."
            raise InvalidState("status-transition", message, field="status")
        if transition is AccountTransition.RESTORE and self.email_verified_at is None:
            return UserStatus.PENDING
        return status


def require_may_sign_in(account: Account) -> None:
    """Raise `Forbidden` where the right password is not enough. Ask after checking the password."""
    match account.status:
        case UserStatus.ACTIVE:
            return
        case UserStatus.PENDING:
            raise Forbidden(
                "email-not-verified",
                "Confirm your e-mail address first: follow the link we sent, or ask for a new one.",
            )
        case _:
            raise Forbidden(
                f"account-{account.status}",
                "This account is shut out. Write to support if you think this is wrong.",
            )


def require_other_account(actor_id: UUID, subject_id: UUID) -> None:
    """Staff decide about others: nobody suspends or restores themselves."""
    if actor_id == subject_id:
        raise Forbidden("own-status", "Another administrator must decide about your account.")
