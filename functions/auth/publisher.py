"""Contract events of accounts, added to the outbox."""

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
    """Publisher of account events, in the transaction that makes them true."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def publish_user_registered(self, user_id: UUID, role: Role) -> None:
        """Publish that an account was registered."""
        self._outbox.add(UserRegistered(user_id=user_id, role=role))

    def publish_email_verified(self, user_id: UUID) -> None:
        """Publish that the account's e-mail address was confirmed."""
        self._outbox.add(EmailVerified(user_id=user_id))

    def publish_mail_queued(self, mail_id: UUID) -> None:
        """Publish that a mail waits to be sent."""
        self._outbox.add(MailQueued(mail_id=mail_id))

    def publish_account_closed(self, user_id: UUID) -> None:
        """Publish that the account was closed."""
        self._outbox.add(AccountClosed(user_id=user_id))

    def publish_status_change(self, user_id: UUID, status: UserStatus) -> None:
        """Publish that staff suspended, banned or restored the account."""
        match status:
            case UserStatus.SUSPENDED:
                self._outbox.add(UserSuspended(user_id=user_id, status="suspended"))
            case UserStatus.BANNED:
                self._outbox.add(UserSuspended(user_id=user_id, status="banned"))
            case _:
                self._outbox.add(UserRestored(user_id=user_id))
