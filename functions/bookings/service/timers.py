"""Due timers, one transaction each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bookings.domain.booking import Booking
from bookings.domain.transitions import REMINDERS, TIMER_TRANSITIONS, Actor, Status, Timer
from bookings.repository import TimerRepository, WaitlistRepository
from bookings.repository.encrypted_fields import EncryptedField, delete_fields
from bookings.repository.feeds import IdempotencyKeyRepository
from bookings.repository.timers import DONE_TIMER_RETENTION
from bookings.service.transitions import TransitionExecutor
from kit.clock import Clock
from kit.db import Database, UnitOfWork
from kit.errors import InvalidState
from kit.observability import log_failure

BATCH = 100
IDEMPOTENCY_KEY_RETENTION = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class TimerRunner:
    """Runs one timer, on one transaction."""

    work: UnitOfWork
    now: Clock

    def fire(self, booking_id: UUID, kind: Timer) -> bool:
        """Run the timer; tell whether it was still pending."""
        transitions = TransitionExecutor(self.work, self.now)
        booking = transitions.lock_booking(booking_id)
        if not TimerRepository(self.work).mark_done(booking_id, kind, self.now()):
            return False
        if kind is Timer.DELETE_ADDRESS:
            delete_fields(self.work, booking_id, [EncryptedField.ADDRESS])
        elif kind in REMINDERS:
            self._remind(transitions, booking, REMINDERS[kind])
        elif transition := TIMER_TRANSITIONS.get((kind, booking.status)):
            try:
                transitions.apply(booking, transition.action, Actor.SYSTEM)
            except InvalidState:
                # The due time was postponed: the timer set then applies.
                return False
        return True

    def _remind(self, transitions: TransitionExecutor, booking: Booking, hours: int) -> None:
        # A reminder so late that the next one is due as well would say "in 3 days" about tonight.
        nearer = max((other for other in REMINDERS.values() if other < hours), default=0)
        too_late = booking.period.start - timedelta(hours=nearer)
        if booking.status is Status.CONFIRMED and self.now() < too_late:
            transitions.events.publish_reminder(booking, hours)


@dataclass(frozen=True, slots=True)
class TimerService:
    """Jobs that fire due timers, restore missing ones and delete expired rows."""

    database: Database
    now: Clock

    def fire_due_timers(self, most: int = 20 * BATCH) -> int:
        """Fire due timers; one that fails is retried later and does not block the others."""
        done = 0
        while done < most:
            moment = self.now()
            due = self._due(moment)
            done += sum(self._fire(booking_id, kind, moment) for booking_id, kind in due)
            if len(due) < BATCH:
                break
        return done

    def repair_timers(self) -> int:
        """Restore timers that a status requires and that are missing; losing a timer only delays."""
        return self.database.run(lambda work: TimerRepository(work).restore_missing(self.now()))

    def purge_expired(self) -> int:
        """Delete idempotency keys, waitlist entries and done timers that have expired."""
        self.database.run(lambda work: self._purge(work, self.now()))
        return 1

    def _due(self, moment: datetime) -> list[tuple[UUID, Timer]]:
        return self.database.run(lambda work: TimerRepository(work).list_due(moment, BATCH))

    def _fire(self, booking_id: UUID, kind: Timer, moment: datetime) -> int:
        try:
            return int(
                self.database.run(lambda work: TimerRunner(work, self.now).fire(booking_id, kind))
            )
        except Exception as error:
            log_failure("a timer failed", error, booking_id=str(booking_id), kind=kind)
            self.database.run(lambda work: TimerRepository(work).postpone(booking_id, kind, moment))
            return 0

    def _purge(self, work: UnitOfWork, now: datetime) -> None:
        IdempotencyKeyRepository(work).delete_created_before(now - IDEMPOTENCY_KEY_RETENTION)
        WaitlistRepository(work).delete_ended_before(now - timedelta(days=1))
        TimerRepository(work).delete_done_before(now - DONE_TIMER_RETENTION)
