"""Repositories and ports that one request's use cases share."""

from dataclasses import dataclass
from uuid import UUID

from auth.domain.accounts import Account
from auth.domain.hashing import PasswordHasher
from auth.publisher import AccountEvents
from auth.repository.accounts import AccountRepository
from auth.repository.credentials import DeviceRepository, FactorRepository, TokenRepository
from auth.repository.field_encryption import FieldEncryption
from auth.repository.mails import MailRepository
from kit.auth.session_store import SessionStore
from kit.clock import Clock
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.ratelimit import RateLimiter


@dataclass(frozen=True, slots=True)
class AuthContext:
    """Repositories on the request's transaction, and ports to everything else."""

    accounts: AccountRepository
    tokens: TokenRepository
    factors: FactorRepository
    devices: DeviceRepository
    mails: MailRepository
    events: AccountEvents
    sessions: SessionStore
    limiter: RateLimiter
    encryption: FieldEncryption
    hasher: PasswordHasher
    now: Clock

    def require_account(self, user_id: UUID, *, for_update: bool = False) -> Account:
        """Return the account; raise `NotFound` if it does not exist or is closed."""
        get_account = self.accounts.by_id_for_update if for_update else self.accounts.by_id
        account = get_account(user_id)
        if account is None:
            raise NotFound("user-not-found", _("There is no such account."))
        return account
