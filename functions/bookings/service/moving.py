"""The one way to move a booking: lock, decide, save, set timers, tell."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bookings.domain.booking import Booking, moved, timers
from bookings.domain.proposals import ProposalStatus
from bookings.domain.spans import Span
from bookings.domain.states import Action, Actor, Effect, Status
from bookings.publisher import Publisher
from bookings.repository import Bookings, Proposals, Providers, Timers, Waitlist
from bookings.repository.private import Part, forget_parts
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import NotFound

_NEVER_TO_BE = {Status.DECLINED, Status.EXPIRED, Status.CANCELLED}


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves of bookings, on one transaction."""

    work: UnitOfWork
    now: Clock

    @property
    def bookings(self) -> Bookings:
        """The bookings."""
        return Bookings(self.work)

    @property
    def proposals(self) -> Proposals:
        """Other times asked for."""
        return Proposals(self.work)

    @property
    def publisher(self) -> Publisher:
        """Who tells the others."""
        return Publisher(self.work.outbox)

    def locked(self, booking_id: UUID, may: Callable[[Booking], bool] | None = None) -> Booking:
        """Return a booking that nobody else changes until we are done.

        The provider's row is locked first, always: accepting two requests of one provider at once
        waits instead of deadlocking. Who may not see it (`may`) does not make others wait.
        """
        seen = self.bookings.by_id(booking_id)
        if seen is None or (may is not None and not may(seen)):
            raise no_such_booking()
        Providers(self.work).lock(seen.escort_id)
        return self.bookings.by_id(booking_id) or seen

    def make(
        self,
        booking: Booking,
        action: Action,
        actor: Actor,
        actor_id: UUID | None = None,
        *,
        reason: str = "",
        proposal_by: Actor | None = None,
        successor: UUID | None = None,
    ) -> Booking:
        """Move a locked booking, or refuse; return it as it stands now.

        `successor` takes the place of a booking that is rescheduled, with what was paid.
        """
        now = self.now()
        move = moved(booking, action, actor, now, proposal_by=proposal_by, reason=reason)
        if successor is not None:
            paid = booking.paid - booking.paid
            after = replace(move.after, rescheduled_to=successor, paid=paid, by_hand=0)
            move = replace(move, after=after)
        if Effect.HOLD in move.rule.effects:
            self.expire_stale(booking.escort_id, booking.padded)
        self.bookings.save(move, actor, actor_id, now)
        if move.after.status is not booking.status:
            self._settle(move.after, now)
        if Effect.RELEASE in move.rule.effects:
            self._tell_waiting(booking.escort_id, booking.span, now)
        self.publisher.moved(move, actor)
        return move.after

    def expire_stale(self, escort_id: UUID, within: Span) -> None:
        """End the holds in this time whose deposit did not come, before somebody takes it."""
        for stale in self.bookings.stale(escort_id, within, self.now()):
            self.make(stale, Action.EXPIRE, Actor.SYSTEM)

    def begin(self, booking: Booking, actor: Actor, actor_id: UUID, action: str) -> None:
        """Store a new booking with its timers, and remember who made it."""
        now = self.now()
        self.bookings.add(booking)
        self.bookings.remember(booking, action, actor, actor_id, now, came_from=None)
        Timers(self.work).replace(booking.id, timers(booking, now))

    def _settle(self, booking: Booking, now: datetime) -> None:
        Timers(self.work).replace(booking.id, timers(booking, now))
        self.proposals.close(booking.id, ProposalStatus.LAPSED)
        if booking.status in _NEVER_TO_BE:
            forget_parts(self.work, booking.id, [Part.ADDRESS])

    def _tell_waiting(self, escort_id: UUID, free: Span, now: datetime) -> None:
        for entry in Waitlist(self.work).opened(escort_id, free, now):
            self.publisher.opened(entry)


def no_such_booking() -> NotFound:
    """Return the same for a booking that is not there and for somebody else's."""
    return NotFound("no-such-booking", "There is no such booking.")
