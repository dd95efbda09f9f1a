"""A provider before her book, whatever state it is in; and how often somebody may try to open it."""

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
from kit.observability import log_failure
from kit.ratelimit import RateLimiter

RECENT_LOGIN_WINDOW = timedelta(minutes=10)
_SHORT, _DAY = timedelta(minutes=15), timedelta(days=1)
_TRIES, _TRIES_A_DAY, _TRIES_IN_ALL = 5, 20, 200
_KNOWN_NETWORK_WINDOW = timedelta(days=30)
_OPENING_ACTIONS = (AuditAction.SESSION_UNLOCKED, AuditAction.RECOVERED)

type CountedAttempt = tuple[str, timedelta]
"""A key of the throttle, and its window."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Her session: which, since when, and until when at most."""

    id: str
    began_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UnlockGrant:
    """What opens the book for this session, shown once, and until when."""

    secret: str
    until: datetime


@dataclass(frozen=True, slots=True)
class VaultAccess:
    """What every use case about the state of a book works with."""

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
        """What is written down about the keys."""
        return KeyMetadataRepository(self.work, self.provider_id)

    def state(self) -> VaultState:
        """Return what state the book is in; asks no KMS."""
        return self.keyring.state(self.provider_id)

    def settings(self) -> WorkspaceSettings:
        """Return how the book behaves."""
        return WorkspaceSettings.from_json(self.key_metadata.settings())

    def open(self, secret: str = "") -> OpenVault:
        """Open the book, with what unlocked it just now or before; raise `Conflict` where older keys were put back."""
        unlock = UnlockToken(self.session.id, secret) if secret else self.unlock
        return KeyRollbackGuard(self.audit_log, self.keyring, unlock).open()

    def unlock_with(self, passphrase: str, minutes: int | None = None) -> UnlockGrant:
        """Open the lock for this session; raise `WrongPassphrase`.

        The end is fixed: using the book does not put it off. The pages lock it earlier where nothing is touched.
        """
        until = self.unlock_until(minutes)
        secret = self.keyring.unlock(self.provider_id, self.session.id, passphrase, until)
        return UnlockGrant(secret, until)

    def unlock_until(self, minutes: int | None = None) -> datetime:
        """Return when an unlock of now ends: never after the session."""
        lasting = timedelta(minutes=minutes or self.settings().unlock_minutes)
        return min(self.clock() + lasting, self.session.ends_at)

    def has_recent_login(self) -> bool:
        """Tell whether she signed in just now."""
        return self.clock() <= self.session.began_at + RECENT_LOGIN_WINDOW

    def require_recent_login(self) -> None:
        """Raise `Forbidden` unless she signed in just now, with her account's password and its second factor."""
        if not self.has_recent_login():
            raise Forbidden(
                "sign-in-again",
                "Sign in to your book once more, then repeat this within 10 minutes.",
            )

    @contextmanager
    def count_attempt(self, action: AuditAction, *, during: str) -> Iterator[None]:
        """A try to open the book: counted, and written down at once where it is wrong.

        What she got right begins a new count, or whoever locks her book often would stand before it.
        """
        since = AuditLogRepository(self.work, self.provider_id).last_sequence(
            _OPENING_ACTIONS, self.audit_log.network
        )
        self._count(f"crm.unlock|{self.provider_id}", str(since))
        with self._record_attempt(action, during):
            yield

    @contextmanager
    def confirm_passphrase(self, *, field: str = "passphrase", during: str) -> Iterator[None]:
        """The passphrase once more, of somebody who is at it: counted apart from what opens the book.

        What was right is given back: a book that leaves in many parts asks for it with each.
        """
        counted = self._count(f"crm.proof|{self.provider_id}", "")
        try:
            with self._record_attempt(AuditAction.SESSION_UNLOCK_FAILED, during):
                yield
        except WrongPassphrase as error:
            if field == "passphrase":
                raise
            raise Invalid(
                "wrong-passphrase", "This is not your passphrase.", field=field
            ) from error
        self._refund(counted)

    def _count(self, key: str, since: str) -> list[CountedAttempt]:
        """Count a try; raise `RateLimited` after five in a quarter of an hour or twenty in a day from one network.

        Counted before it is known whether it was right. In all there are 200 a day, for strange networks together; one
        that opened the book within 30 days has them for itself, or anybody who tries from many would shut her out.
        """
        network = self.audit_log.network
        here = f"{key}|{network}|{since}"
        known = AuditLogRepository(self.work, self.provider_id).exists_since(
            _OPENING_ACTIONS, network, self.clock() - _KNOWN_NETWORK_WINDOW
        )
        in_all = f"{key}|{network}|known" if known else key
        counted: list[CountedAttempt] = []
        for name, limit, window in (
            (here, _TRIES, _SHORT),
            (here, _TRIES_A_DAY, _DAY),
            (in_all, _TRIES_IN_ALL, _DAY),
        ):
            self.limiter.hit(name, limit=limit, window=window)
            counted.append((name, window))
        return counted

    def _refund(self, counted: list[CountedAttempt]) -> None:
        for name, window in counted:
            try:
                self.limiter.refund(name, window=window)
            except Unavailable as error:
                # What was right is done: at worst she has one try less for a while.
                log_failure("a try was not given back", error)

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
        """Raise `WrongPassphrase` for any other; nothing is unlocked by it."""
        name = f"{self.session.id}.proof"
        self.keyring.unlock(self.provider_id, name, passphrase, self.clock())
        self.keyring.lock(self.provider_id, name)
