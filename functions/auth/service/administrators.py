"""Making the first administrator, from the deploying engineer's own shell."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.email import email_address
from auth.domain.tokens import INVITATION_LIFETIME, TokenPurpose, new_token, token_hash
from auth.publisher import Publisher
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import TokenRepository
from auth.service.register import new_account
from contracts.identity import Role
from kit.clock import Clock
from kit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who administers now; `link` chooses the password, once, and is gone when there is one."""

    user_id: str
    created: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class Administrators:
    """What appointing needs."""

    accounts: AccountRepository
    tokens: TokenRepository
    publisher: Publisher
    origin: str
    now: Clock

    def appoint(self, email: str) -> Appointment:
        """Make sure that an administrator with this address exists; safe to repeat.

        Until a password is chosen every call gives a new link and makes the one before useless.
        """
        address = email_address(email)
        account = new_account(address, Role.ADMIN, None, self.now())
        created = self.accounts.add(account, None)
        if created:
            self.publisher.registered(account.id, account.role)
        else:
            known = self.accounts.by_email(address)
            if known is None or known.role is not Role.ADMIN:
                raise Conflict("email-taken", "This address belongs to an account of another role.")
            account = known
        link = self._link(account.id) if account.password_hash is None else None
        return Appointment(str(account.id), created, link)

    def _link(self, user_id: UUID) -> str:
        token = new_token()
        self.tokens.drop_all(user_id, TokenPurpose.RESET_PASSWORD)
        expires_at = self.now() + INVITATION_LIFETIME
        self.tokens.add(token_hash(token), user_id, TokenPurpose.RESET_PASSWORD, expires_at)
        return f"{self.origin}/reset/{token}"
