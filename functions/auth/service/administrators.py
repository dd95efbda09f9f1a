"""Creation of the first administrator, from the deploying engineer's shell."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.email import parse_email
from auth.domain.tokens import INVITATION_LIFETIME, TokenPurpose, hash_token, new_token
from auth.publisher import AccountEvents
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import TokenRepository
from auth.service.register import new_account
from contracts.identity import Role
from kit.clock import Clock
from kit.errors import Conflict
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class AdminBootstrap:
    """Result of creating an administrator; `link` sets the password once, None if one is set."""

    user_id: str
    created: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class Administrators:
    """Use case that creates administrators."""

    accounts: AccountRepository
    tokens: TokenRepository
    events: AccountEvents
    origin: str
    now: Clock

    def create_admin(self, email: str) -> AdminBootstrap:
        """Ensure that an administrator with this e-mail address exists; safe to repeat.

        Until a password is set, every call returns a new link and invalidates the previous one.
        """
        address = parse_email(email)
        account = new_account(address, Role.ADMIN, None, self.now())
        created = self.accounts.add(account, None)
        if created:
            self.events.publish_user_registered(account.id, account.role)
        else:
            known = self.accounts.by_email(address)
            if known is None or known.role is not Role.ADMIN:
                raise Conflict(
                    "email-taken", _("This address belongs to an account of another role.")
                )
            account = known
        link = self._create_invitation_link(account.id) if account.password_hash is None else None
        return AdminBootstrap(str(account.id), created, link)

    def _create_invitation_link(self, user_id: UUID) -> str:
        token = new_token()
        self.tokens.delete_all(user_id, TokenPurpose.RESET_PASSWORD)
        expires_at = self.now() + INVITATION_LIFETIME
        self.tokens.add(hash_token(token), user_id, TokenPurpose.RESET_PASSWORD, expires_at)
        return f"{self.origin}/reset/{token}"
