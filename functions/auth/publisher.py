"""From what happened to an account to a contract event in the outbox."""

from uuid import UUID

from contracts.auth import (
    AccountClosed,
    EmailVerified,
    MailQueued,
    UserRegistered,
    UserRestored,
    UserSuspended,
)
from contracts.identity import Role, UserStatus
from kit.outbox import Outbox


class AccountEvents:
    """Says what happened, in the transaction that made it true."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def publish_user_registered(self, user_id: UUID, role: Role) -> None:
        """Somebody opened an account."""
        self._outbox.add(UserRegistered(user_id=user_id, role=role))

    def publish_email_verified(self, user_id: UUID) -> None:
        """The address was confirmed."""
        self._outbox.add(EmailVerified(user_id=user_id))

    def publish_mail_queued(self, mail_id: UUID) -> None:
        """A mail waits."""
        self._outbox.add(MailQueued(mail_id=mail_id))

    def publish_account_closed(self, user_id: UUID) -> None:
        """The account is no more."""
        self._outbox.add(AccountClosed(user_id=user_id))

    def publish_status_change(self, user_id: UUID, status: UserStatus) -> None:
        """Staff shut the account out or let it back in."""
        match status:
            case UserStatus.SUSPENDED:
                self._outbox.add(UserSuspended(user_id=user_id, status="suspended"))
            case UserStatus.BANNED:
                self._outbox.add(UserSuspended(user_id=user_id, status="banned"))
            case _:
                self._outbox.add(UserRestored(user_id=user_id))
