"""A provider before her book, whatever state it is in; and how often somebody may try to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crm.domain.audit_log import TrailAction
from crm.domain.settings import BookSettings
from crm.repository.audit_log import TrailTable
from crm.repository.key_metadata import KeyNotes
from crm.service.audit_log import Trail
from crm.service.key_rollback_guard import NewestKeys
from crm.service.unlocked_context import enter_as
from crm.vault import Keyring, OpenVault, Unlock, VaultState, WrongPassphrase
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Forbidden, Invalid, Unavailable
from kit.observability import log_failure
from kit.ratelimit import RateLimiter

FRESH = timedelta(minutes=10)
_SHORT, _DAY = timedelta(minutes=15), timedelta(days=1)
_TRIES, _TRIES_A_DAY, _TRIES_IN_ALL = 5, 20, 200
_KNOWN = timedelta(days=30)
_OPENED = (TrailAction.SESSION_UNLOCKED, TrailAction.RECOVERED)

type Counted = tuple[str, timedelta]
"""A key of the throttle, and its window."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Her session: which, since when, and until when at most."""

    id: str
    began_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What opens the book for this session, shown once, and until when."""

    secret: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """What every use case about the state of a book works with."""

    work: UnitOfWork
    provider_id: UUID
    slug: str
    stay: Stay
    unlock: Unlock | None
    keyring: Keyring
    trail: Trail
    limiter: RateLimiter
    clock: Clock

    @property
    def notes(self) -> KeyNotes:
        """What is written down about the keys."""
        return KeyNotes(self.work, self.provider_id)

    def state(self) -> VaultState:
        """Return what state the book is in; asks no KMS."""
        return self.keyring.state(self.provider_id)

    def settings(self) -> BookSettings:
        """Return how the book behaves."""
        return BookSettings.of(self.notes.settings())

    def opened(self, secret: str = "") -> OpenVault:
        """Open the book, with what unlocked it just now or before; raise `Conflict` where older keys were put back."""
        unlock = Unlock(self.stay.id, secret) if secret else self.unlock
        return NewestKeys(self.trail, self.keyring, unlock).open()

    def unlock_with(self, passphrase: str, minutes: int | None = None) -> Unlocked:
        """Open the lock for this session; raise `WrongPassphrase`.

        The end is fixed: using the book does not put it off. The pages lock it earlier where nothing is touched.
        """
        until = self.unlock_until(minutes)
        secret = self.keyring.unlock(self.provider_id, self.stay.id, passphrase, until)
        return Unlocked(secret, until)

    def unlock_until(self, minutes: int | None = None) -> datetime:
        """Return when an unlock of now ends: never after the session."""
        lasting = timedelta(minutes=minutes or self.settings().unlock_minutes)
        return min(self.clock() + lasting, self.stay.ends_at)

    def is_fresh(self) -> bool:
        """Tell whether she signed in just now."""
        return self.clock() <= self.stay.began_at + FRESH

    def require_fresh(self) -> None:
        """Raise `Forbidden` unless she signed in just now, with her account's password and its second factor."""
        if not self.is_fresh():
            raise Forbidden(
                "sign-in-again",
                "Sign in to your book once more, then repeat this within 10 minutes.",
            )

    @contextmanager
    def tried(self, action: TrailAction, *, during: str) -> Iterator[None]:
        """A try to open the book: counted, and written down at once where it is wrong.

        What she got right begins a new count, or whoever locks her book often would stand before it.
        """
        since = TrailTable(self.work, self.provider_id).last_of(_OPENED, self.trail.network)
        self._count(f"crm.unlock|{self.provider_id}", str(since))
        with self._written_down(action, during):
            yield

    @contextmanager
    def proved(self, *, field: str = "passphrase", during: str) -> Iterator[None]:
        """The passphrase once more, of somebody who is at it: counted apart from what opens the book.

        What was right is given back: a book that leaves in many parts asks for it with each.
        """
        counted = self._count(f"crm.proof|{self.provider_id}", "")
        try:
            with self._written_down(TrailAction.SESSION_UNLOCK_FAILED, during):
                yield
        except WrongPassphrase as error:
            if field == "passphrase":
                raise
            raise Invalid(
                "wrong-passphrase", "This is not your passphrase.", field=field
            ) from error
        self._give_back(counted)

    def _count(self, key: str, since: str) -> list[Counted]:
        """Count a try; raise `RateLimited` after five in a quarter of an hour or twenty in a day from one network.

        Counted before it is known whether it was right. In all there are 200 a day, for strange networks together; one
        that opened the book within 30 days has them for itself, or anybody who tries from many would shut her out.
        """
        network = self.trail.network
        here = f"{key}|{network}|{since}"
        known = TrailTable(self.work, self.provider_id).has_lately(
            _OPENED, network, self.clock() - _KNOWN
        )
        in_all = f"{key}|{network}|known" if known else key
        counted: list[Counted] = []
        for name, limit, window in (
            (here, _TRIES, _SHORT),
            (here, _TRIES_A_DAY, _DAY),
            (in_all, _TRIES_IN_ALL, _DAY),
        ):
            self.limiter.hit(name, limit=limit, window=window)
            counted.append((name, window))
        return counted

    def _give_back(self, counted: list[Counted]) -> None:
        for name, window in counted:
            try:
                self.limiter.refund(name, window=window)
            except Unavailable as error:
                # What was right is done: at worst she has one try less for a while.
                log_failure("a try was not given back", error)

    @contextmanager
    def _written_down(self, action: TrailAction, during: str) -> Iterator[None]:
        try:
            yield
        except WrongPassphrase:
            self.work.rollback()
            enter_as(self.work, self.provider_id)
            self.trail.note_refusal(action, during=during)
            raise

    def prove(self, passphrase: str) -> None:
        """Raise `WrongPassphrase` for any other; nothing is unlocked by it."""
        name = f"{self.stay.id}.proof"
        self.keyring.unlock(self.provider_id, name, passphrase, self.clock())
        self.keyring.lock(self.provider_id, name)
