"""Waiting for a time that is taken."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from bookings.domain.spans import Span
from bookings.domain.waitlist import Waiting
from bookings.repository import Directory, Providers, Waitlist
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.ids import new_id

MOST = 20
LONGEST = timedelta(days=14)
FARTHEST = timedelta(days=400)
"""As far as requests reach: nobody watches a profile for years."""


@dataclass(frozen=True, slots=True)
class OwnWaiting:
    """A client's waiting list, on one transaction.

    Whoever waits is told once when some of the time is free (`WaitlistSlotAvailable`); who asks first may
    have it.
    """

    work: UnitOfWork
    now: Clock

    def join(self, client_id: UUID, escort_id: UUID, wanted: Span) -> Waiting:
        """Wait for some of this time; waiting for the same twice is once."""
        now = self.now()
        profile = Directory(self.work).profile(escort_id)
        if profile is None or not profile.public:
            raise NotFound("no-such-profile", "There is no such profile.", field="escortId")
        if profile.user_id == client_id:
            raise Forbidden("own-profile", "This is your own profile.")
        if not timedelta() < wanted.length <= LONGEST or not now < wanted.end <= now + FARTHEST:
            raise Invalid(
                "waiting-range", "Choose up to 14 days that are ahead, within a year.", field="to"
            )
        mine = self.mine(client_id)
        same = next((w for w in mine if (w.escort_id, w.wanted) == (escort_id, wanted)), None)
        if same is not None:
            return same
        if len(mine) >= MOST:
            raise Conflict("waiting-full", f"Up to {MOST}: leave one first.")
        Providers(self.work).ensure(escort_id, profile.user_id, now)
        entry = Waiting(new_id(), escort_id, client_id, wanted)
        Waitlist(self.work).add(entry, now)
        return entry

    def mine(self, client_id: UUID) -> list[Waiting]:
        """Return what somebody waits for."""
        return Waitlist(self.work).of(client_id, self.now())

    def leave(self, client_id: UUID, entry_id: UUID) -> None:
        """Wait no longer."""
        Waitlist(self.work).remove(entry_id, client_id)
