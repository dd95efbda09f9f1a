"""What happens when nobody does anything: due timers, one transaction each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import REMINDERS, Booking
from bookings.domain.transitions import Action, Actor, Status, Timer
from bookings.repository import Timers, Waitlist
from bookings.repository.encrypted_fields import Part, forget_parts
from bookings.repository.feeds import IdempotencyKeys
from bookings.repository.timers import KEPT
from bookings.service.transitions import Moves
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.errors import InvalidState
from kit.observability import log_failure

BATCH = 100
KEYS_KEPT = timedelta(days=2)

_MOVES = {
    Timer.REQUEST_EXPIRY: Action.EXPIRE,
    Timer.DEPOSIT_EXPIRY: Action.EXPIRE,
    Timer.AUTO_COMPLETE: Action.COMPLETE,
}
_EXPECTED = {
    Timer.REQUEST_EXPIRY: Status.REQUESTED,
    Timer.DEPOSIT_EXPIRY: Status.ACCEPTED,
    Timer.AUTO_COMPLETE: Status.CONFIRMED,
}


@dataclass(frozen=True, slots=True)
class Firing:
    """One timer, on one transaction."""

    work: UnitOfWork
    now: Clock

    def fire(self, booking_id: UUID, kind: Timer) -> bool:
        """Do what the timer is for; tell whether it was still to be done."""
        moves = Moves(self.work, self.now)
        booking = moves.locked(booking_id)
        if not Timers(self.work).take(booking_id, kind, self.now()):
            return False
        if kind is Timer.FORGET_ADDRESS:
            forget_parts(self.work, booking_id, [Part.ADDRESS])
        elif kind in REMINDERS:
            self._remind(moves, booking, REMINDERS[kind])
        elif booking.status is _EXPECTED[kind]:
            try:
                moves.make(booking, _MOVES[kind], Actor.SYSTEM)
            except InvalidState:
                # Its moment was put off since: the timer that was set then is the one that counts.
                return False
        return True

    def _remind(self, moves: Moves, booking: Booking, hours: int) -> None:
        # One that comes so late that the next is due as well would say "in 3 days" of this evening.
        nearer = max((other for other in REMINDERS.values() if other < hours), default=0)
        too_late = booking.span.start - timedelta(hours=nearer)
        if booking.status is Status.CONFIRMED and self.now() < too_late:
            moves.publisher.reminder(booking, hours)


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """All that is due, and all that keeps it so."""

    database: Database
    now: Clock

    def sweep(self, most: int = 20 * BATCH) -> int:
        """Fire what is due; what fails comes again later and does not hold up the rest."""
        done = 0
        while done < most:
            moment = self.now()
            due = self._due(moment)
            done += sum(self._fire(booking_id, kind, moment) for booking_id, kind in due)
            if len(due) < BATCH:
                break
        return done

    def rearm(self) -> int:
        """Set again what a state demands and nobody waits for: a lost timer only delays."""
        return self.database.run(lambda work: Timers(work).rearm(self.now()))

    def forget(self) -> int:
        """Drop what nobody needs any more."""
        self.database.run(lambda work: self._forget(work, self.now()))
        return 1

    def _due(self, moment: datetime) -> list[tuple[UUID, Timer]]:
        return self.database.run(lambda work: Timers(work).due(moment, BATCH))

    def _fire(self, booking_id: UUID, kind: Timer, moment: datetime) -> int:
        try:
            return int(
                self.database.run(lambda work: Firing(work, self.now).fire(booking_id, kind))
            )
        except Exception as error:
            log_failure("a timer failed", error, booking_id=str(booking_id), kind=kind)
            self.database.run(lambda work: Timers(work).postpone(booking_id, kind, moment))
            return 0

    def _forget(self, work: UnitOfWork, now: datetime) -> None:
        IdempotencyKeys(work).forget(now - KEYS_KEPT)
        Waitlist(work).forget(now - timedelta(days=1))
        Timers(work).forget(now - KEPT)
