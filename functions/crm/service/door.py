"""A provider before her book, whatever state it is in; and how often somebody may try to open it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from crm.domain.book_settings import BookSettings
from crm.domain.trail import TrailAction
from crm.repository.key_notes import KeyNotes
from crm.repository.trail import TrailTable
from crm.service.desk import enter_as
from crm.service.newest_keys import NewestKeys
from crm.service.trail import Trail
from crm.vault import Keyring, OpenVault, Unlock, VaultState, WrongPassphrase
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Forbidden, Invalid
from kit.ratelimit import RateLimiter

FRESH = timedelta(minutes=10)
_SHORT, _DAY = timedelta(minutes=15), timedelta(days=1)
_TRIES, _TRIES_A_DAY, _TRIES_IN_ALL = 5, 20, 200


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

    def require_fresh(self) -> None:
        """Raise `Forbidden` unless she signed in just now, with her account's password and its second factor."""
        if self.clock() > self.stay.began_at + FRESH:
            raise Forbidden(
                "sign-in-again",
                "Sign out of your book and in again, then repeat this within 10 minutes.",
            )

    def count_try(self) -> None:
        """Count a try of the passphrase; raise `RateLimited` after five in a quarter of an hour or twenty in a day.

        Counted before it is known whether it was right. What she got right begins a new count, or whoever locks her
        book often would stand before it; in all there are 200 a day.
        """
        network = self.trail.network
        since = TrailTable(self.work, self.provider_id).last_of(
            (TrailAction.SESSION_UNLOCKED, TrailAction.RECOVERED), network
        )
        key = f"crm.unlock|{self.provider_id}|{network}|{since}"
        self.limiter.hit(key, limit=_TRIES, window=_SHORT)
        self.limiter.hit(key, limit=_TRIES_A_DAY, window=_DAY)
        self.limiter.hit(f"crm.unlock|{self.provider_id}", limit=_TRIES_IN_ALL, window=_DAY)

    @contextmanager
    def tried(
        self, action: TrailAction, *, field: str = "passphrase", during: str
    ) -> Iterator[None]:
        """A try of the passphrase: counted, and written down at once where it is wrong."""
        self.count_try()
        try:
            yield
        except WrongPassphrase as error:
            self.work.rollback()
            enter_as(self.work, self.provider_id)
            self.trail.note_refusal(action, during=during)
            if field == "passphrase":
                raise
            raise Invalid(
                "wrong-passphrase", "This is not your passphrase.", field=field
            ) from error

    def prove(self, passphrase: str) -> None:
        """Raise `WrongPassphrase` for any other; nothing is unlocked by it."""
        name = f"{self.stay.id}.proof"
        self.keyring.unlock(self.provider_id, name, passphrase, self.clock())
        self.keyring.lock(self.provider_id, name)
