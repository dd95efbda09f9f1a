"""Access to a provider's vault in every state, with limits on the attempts to unlock it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crm.domain.audit_log import AuditAction
from crm.domain.settings import WorkspaceSettings
from crm.repository.audit_log import AuditLogRepository
from crm.repository.key_metadata import KeyMetadataRepository
from crm.service.audit_log import AuditLog
from crm.service.key_rollback_guard import KeyRollbackGuard
from crm.service.unlocked_context import set_tenant
from crm.vault import Keyring, OpenVault, UnlockToken, VaultState, WrongPassphrase
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Forbidden, Invalid, Unavailable
from kit.i18n import gettext as _
from kit.observability import log_failure
from kit.ratelimit import RateLimiter

RECENT_LOGIN_WINDOW = timedelta(minutes=10)
_WINDOW, _DAY = timedelta(minutes=15), timedelta(days=1)
_ATTEMPTS_PER_WINDOW, _ATTEMPTS_PER_DAY, _ATTEMPTS_ALL_NETWORKS = 5, 20, 200
_KNOWN_NETWORK_WINDOW = timedelta(days=30)
_OPENING_ACTIONS = (AuditAction.SESSION_UNLOCKED, AuditAction.RECOVERED)

type CountedAttempt = tuple[str, timedelta]
"""A key of the rate limiter, and its window."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """The caller's session: its id, its start and its latest end."""

    id: str
    started_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UnlockGrant:
    """The secret of an unlock, shown once, and the unlock's end."""

    secret: str
    until: datetime


@dataclass(frozen=True, slots=True)
class VaultAccess:
    """Dependencies of every use case about the state of a workspace."""

    work: UnitOfWork
    provider_id: UUID
    slug: str
    session: SessionInfo
    unlock: UnlockToken | None
    keyring: Keyring
    audit_log: AuditLog
    limiter: RateLimiter
    clock: Clock

    @property
    def key_metadata(self) -> KeyMetadataRepository:
        """Return the repository of the recorded key metadata."""
        return KeyMetadataRepository(self.work, self.provider_id)

    def state(self) -> VaultState:
        """Return the state of the vault, without KMS."""
        return self.keyring.state(self.provider_id)

    def settings(self) -> WorkspaceSettings:
        """Return the settings of the workspace."""
        return WorkspaceSettings.from_json(self.key_metadata.settings())

    def open(self, secret: str = "") -> OpenVault:
        """Open the vault, with a new unlock or the request's; raise `Conflict` if older keys were put back."""
        unlock = UnlockToken(self.session.id, secret) if secret else self.unlock
        return KeyRollbackGuard(self.audit_log, self.keyring, unlock).open()

    def unlock_with(self, passphrase: str, minutes: int | None = None) -> UnlockGrant:
        """Unlock the vault for this session; raise `WrongPassphrase`.

        The end is fixed: use does not extend it. The pages lock earlier, after inactivity.
        """
        until = self.unlock_until(minutes)
        secret = self.keyring.unlock(self.provider_id, self.session.id, passphrase, until)
        return UnlockGrant(secret, until)

    def unlock_until(self, minutes: int | None = None) -> datetime:
        """Return the end of an unlock that starts now: never after the session."""
        duration = timedelta(minutes=minutes or self.settings().unlock_minutes)
        return min(self.clock() + duration, self.session.ends_at)

    def has_recent_login(self) -> bool:
        """Tell whether the login is recent."""
        return self.clock() <= self.session.started_at + RECENT_LOGIN_WINDOW

    def require_recent_login(self) -> None:
        """Raise `Forbidden` unless the login, with password and second factor, is recent."""
        if not self.has_recent_login():
            raise Forbidden(
                "sign-in-again",
                _("Sign in to your client book again, then repeat this within 10 minutes."),
            )

    @contextmanager
    def count_attempt(self, action: AuditAction, *, during: str) -> Iterator[None]:
        """Count an attempt to unlock, and audit it at once if it fails.

        A successful attempt starts a new count; otherwise a provider who locks often would be refused.
        """
        since = AuditLogRepository(self.work, self.provider_id).last_sequence(
            _OPENING_ACTIONS, self.audit_log.network
        )
        self._count(f"crm.unlock|{self.provider_id}", str(since))
        with self._record_attempt(action, during):
            yield

    @contextmanager
    def confirm_passphrase(self, *, field: str = "passphrase", during: str) -> Iterator[None]:
        """Count a repetition of the passphrase by an unlocked session, apart from attempts to unlock.

        A successful attempt is refunded: a large workspace asks for the passphrase with each part of an export.
        """
        counted = self._count(f"crm.proof|{self.provider_id}", "")
        try:
            with self._record_attempt(AuditAction.SESSION_UNLOCK_FAILED, during):
                yield
        except WrongPassphrase as error:
            if field == "passphrase":
                raise
            raise Invalid("wrong-passphrase", _("Wrong passphrase."), field=field) from error
        self._refund(counted)

    def _count(self, key: str, since: str) -> list[CountedAttempt]:
        """Count an attempt; raise `RateLimited` after five in 15 minutes or twenty in a day from one network.

        Counted before the result is known. In all there are 200 a day for unknown networks together; a network that
        unlocked the workspace within 30 days has 200 of its own, so that an attacker with many networks cannot shut the
        provider out.
        """
        network = self.audit_log.network
        network_key = f"{key}|{network}|{since}"
        is_known_network = AuditLogRepository(self.work, self.provider_id).exists_since(
            _OPENING_ACTIONS, network, self.clock() - _KNOWN_NETWORK_WINDOW
        )
        total_key = f"{key}|{network}|known" if is_known_network else key
        counted: list[CountedAttempt] = []
        for name, limit, window in (
            (network_key, _ATTEMPTS_PER_WINDOW, _WINDOW),
            (network_key, _ATTEMPTS_PER_DAY, _DAY),
            (total_key, _ATTEMPTS_ALL_NETWORKS, _DAY),
        ):
            self.limiter.hit(name, limit=limit, window=window)
            counted.append((name, window))
        return counted

    def _refund(self, counted: list[CountedAttempt]) -> None:
        for name, window in counted:
            try:
                self.limiter.refund(name, window=window)
            except Unavailable as error:
                # The attempt succeeded: at worst the provider has one attempt less for a while.
                log_failure("an attempt was not refunded", error)

    @contextmanager
    def _record_attempt(self, action: AuditAction, during: str) -> Iterator[None]:
        try:
            yield
        except WrongPassphrase:
            self.work.rollback()
            set_tenant(self.work, self.provider_id)
            self.audit_log.append_refusal(action, during=during)
            raise

    def verify_passphrase(self, passphrase: str) -> None:
        """Raise `WrongPassphrase` for a wrong passphrase; nothing is unlocked."""
        name = f"{self.session.id}.proof"
        self.keyring.unlock(self.provider_id, name, passphrase, self.clock())
        self.keyring.lock(self.provider_id, name)
