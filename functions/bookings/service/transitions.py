"""The one way to move a booking: lock, decide, save, set timers, tell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bookings.domain.booking import Booking, moved, timers
from bookings.domain.calendar import SHORTEST
from bookings.domain.proposals import ProposalStatus
from bookings.domain.spans import Span, without
from bookings.domain.transitions import Action, Actor, Effect, Status
from bookings.publisher import Publisher
from bookings.repository import Bookings, Directory, Proposals, Providers, Timers, Waitlist
from bookings.repository.encrypted_fields import Part, forget_parts
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
        tell: bool = True,
    ) -> Booking:
        """Move a locked booking, or refuse; return it as it stands now.

        `successor` takes the place of a booking that is rescheduled, with what was paid. Whoever
        waits is told of what is free afterwards; with a successor, or without `tell`, that is for
        the caller to do when the time is taken again.
        """
        now = self.now()
        move = moved(booking, action, actor, now, proposal_by=proposal_by, reason=reason)
        if successor is not None:
            paid = booking.paid - booking.paid
            after = replace(move.after, rescheduled_to=successor, paid=paid, by_hand=0)
            move = replace(move, after=after)
        freed: list[Span] = []
        if Effect.HOLD in move.rule.effects:
            freed += self.expire_stale(booking.escort_id, booking.padded)
        self.bookings.save(move, actor, actor_id, now)
        if move.after.status is not booking.status:
            self._settle(move.after, now)
        if Effect.RELEASE in move.rule.effects:
            freed.append(booking.span)
        if tell and successor is None:
            self.tell_waiting(booking.escort_id, freed)
        self.publisher.moved(move, actor)
        return move.after

    def expire_stale(self, escort_id: UUID, within: Span) -> list[Span]:
        """End the holds in this time whose deposit did not come, before somebody takes it.

        Return their times. Nobody is told yet: some of it is taken at once.
        """
        ended = self.bookings.stale(escort_id, within, self.now())
        for stale in ended:
            self.make(stale, Action.EXPIRE, Actor.SYSTEM, tell=False)
        return [stale.span for stale in ended]

    def tell_waiting(self, escort_id: UUID, freed: Iterable[Span]) -> None:
        """Tell whoever waits for what is still free of these times, once each.

        Nobody is told of a profile that is not public: they keep waiting.
        """
        now = self.now()
        for span in freed:
            held = self.bookings.held(escort_id, span, now)
            for free in without(span, held):
                if free.length >= SHORTEST and Directory(self.work).is_public(escort_id):
                    for entry in Waitlist(self.work).opened(escort_id, free, now):
                        self.publisher.opened(entry)

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


def no_such_booking() -> NotFound:
    """Return the same for a booking that is not there and for somebody else's."""
    return NotFound("no-such-booking", "There is no such booking.")
