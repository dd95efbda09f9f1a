"""An account: its states, and who may move it from one to another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.identity import Role, UserStatus
from kit.errors import Forbidden, InvalidState


class Move(StrEnum):
    """Something that happens to an account."""

    VERIFY = "verify"
    SUSPEND = "suspend"
    BAN = "ban"
    RESTORE = "restore"
    CLOSE = "close"


_TRANSITIONS: dict[tuple[UserStatus, Move], UserStatus] = {
    (UserStatus.PENDING, Move.VERIFY): UserStatus.ACTIVE,
    (UserStatus.PENDING, Move.SUSPEND): UserStatus.SUSPENDED,
    (UserStatus.PENDING, Move.BAN): UserStatus.BANNED,
    # Confirming twice is fine (the link, then a reset), and never lifts a staff decision.
    (UserStatus.ACTIVE, Move.VERIFY): UserStatus.ACTIVE,
    (UserStatus.ACTIVE, Move.SUSPEND): UserStatus.SUSPENDED,
    (UserStatus.ACTIVE, Move.BAN): UserStatus.BANNED,
    (UserStatus.ACTIVE, Move.CLOSE): UserStatus.CLOSED,
    (UserStatus.SUSPENDED, Move.VERIFY): UserStatus.SUSPENDED,
    (UserStatus.SUSPENDED, Move.BAN): UserStatus.BANNED,
    (UserStatus.SUSPENDED, Move.RESTORE): UserStatus.ACTIVE,
    (UserStatus.BANNED, Move.VERIFY): UserStatus.BANNED,
    (UserStatus.BANNED, Move.RESTORE): UserStatus.ACTIVE,
}

STAFF_MOVES = {
    UserStatus.SUSPENDED: Move.SUSPEND,
    UserStatus.BANNED: Move.BAN,
    UserStatus.ACTIVE: Move.RESTORE,
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

    def after(self, move: Move) -> UserStatus:
        """Return the status that `move` leads to; raise `InvalidState` where it leads nowhere."""
        status = _TRANSITIONS.get((self.status, move))
        if status is None:
            message = f"An account that is {self.status} cannot be moved to that status."
            raise InvalidState("status-transition", message, field="status")
        if move is Move.RESTORE and self.email_verified_at is None:
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


def require_other_person(actor_id: UUID, subject_id: UUID) -> None:
    """Staff decide about others: nobody suspends or restores themselves."""
    if actor_id == subject_id:
        raise Forbidden("own-status", "Another administrator must decide about your account.")
