"""Waitlist of clients for periods that are taken."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bookings.domain.waitlist import WaitlistEntry
from bookings.repository import DirectoryRepository, ProviderRepository, WaitlistRepository
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.i18n import gettext as _
from kit.ids import new_id
from kit.intervals import Interval

MAX_ENTRIES = 20
MAX_PERIOD = timedelta(days=14)
MAX_AHEAD = timedelta(days=400)
"""As far ahead as requests, so that a profile is not watched for years."""


@dataclass(frozen=True, slots=True)
class WaitlistService:
    """A client's waitlist entries, on one transaction.

    A client is notified once when part of the period is free (`WaitlistSlotAvailable`); the first request
    that is accepted gets it.
    """

    work: UnitOfWork
    now: Clock

    def join(self, client_id: UUID, profile_id: UUID, period: Interval) -> WaitlistEntry:
        """Add an entry; a repeated entry for the same period is stored once."""
        now = self.now()
        profile = DirectoryRepository(self.work).by_id(profile_id)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", _("There is no such profile."), field="escortId")
        if profile.user_id == client_id:
            raise Forbidden("own-profile", _("This is your own profile."))
        if not timedelta() < period.length <= MAX_PERIOD or not now < period.end <= now + MAX_AHEAD:
            raise Invalid(
                "waitlist-range",
                _("Choose up to 14 days in the future, within a year."),
                field="to",
            )
        entries = self.list(client_id)
        existing = next(
            (w for w in entries if (w.profile_id, w.requested_period) == (profile_id, period)), None
        )
        if existing is not None:
            return existing
        if len(entries) >= MAX_ENTRIES:
            raise Conflict(
                "waitlist-full",
                _("Up to %(count)s entries: delete one first.", count=MAX_ENTRIES),
            )
        ProviderRepository(self.work).ensure(profile_id, profile.user_id, now)
        entry = WaitlistEntry(new_id(), profile_id, client_id, period)
        WaitlistRepository(self.work).add(entry, now)
        return entry

    def list(self, client_id: UUID) -> list[WaitlistEntry]:
        """Return the client's entries."""
        return WaitlistRepository(self.work).list_for_client(client_id, self.now())

    def leave(self, client_id: UUID, entry_id: UUID) -> None:
        """Delete an entry."""
        WaitlistRepository(self.work).delete(entry_id, client_id)
