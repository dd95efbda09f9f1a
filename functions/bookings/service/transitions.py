"""The only way to change a booking's status: lock, apply, save, set timers, publish."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from bookings.domain.booking import Booking, apply_transition, due_timers
from bookings.domain.calendar import MIN_DURATION
from bookings.domain.proposals import ProposalStatus
from bookings.domain.transitions import STATES, Action, Actor, Effect
from bookings.publisher import BookingEvents
from bookings.repository import (
    BookingRepository,
    DirectoryRepository,
    ProposalRepository,
    ProviderRepository,
    TimerRepository,
    WaitlistRepository,
)
from bookings.repository.encrypted_fields import EncryptedField, delete_fields
from kit.clock import Clock
from kit.db import UnitOfWork
from kit.errors import NotFound
from kit.i18n import gettext as _
from kit.intervals import Interval, subtract


@dataclass(frozen=True, slots=True)
class TransitionExecutor:
    """Executes transitions of bookings, on one transaction."""

    work: UnitOfWork
    now: Clock

    @property
    def bookings(self) -> BookingRepository:
        """Repository of bookings."""
        return BookingRepository(self.work)

    @property
    def proposals(self) -> ProposalRepository:
        """Repository of proposals."""
        return ProposalRepository(self.work)

    @property
    def events(self) -> BookingEvents:
        """Publisher of booking events."""
        return BookingEvents(self.work.outbox)

    def lock_booking(
        self, booking_id: UUID, is_visible: Callable[[Booking], bool] | None = None
    ) -> Booking:
        """Return a booking locked against concurrent changes.

        The provider's row is always locked first: accepting two requests of one provider at once waits
        instead of deadlocking. A caller who may not see the booking (`is_visible`) takes no lock.
        """
        found = self.bookings.by_id(booking_id)
        if found is None or (is_visible is not None and not is_visible(found)):
            raise booking_not_found()
        ProviderRepository(self.work).lock(found.profile_id)
        return self.bookings.by_id(booking_id) or found

    def apply(
        self,
        booking: Booking,
        action: Action,
        actor: Actor,
        actor_id: UUID | None = None,
        *,
        reason: str = "",
        proposal_by: Actor | None = None,
        successor: UUID | None = None,
        notify: bool = True,
    ) -> Booking:
        """Apply an action to a locked booking, or refuse; return the saved booking.

        `successor` is the id of the booking that replaces a rescheduled one and takes over the payments.
        Waiting clients are notified of time that is free afterwards; with a successor, or with `notify`
        False, the caller does so once the time is taken again.
        """
        now = self.now()
        result = apply_transition(
            booking, action, actor, now, proposal_by=proposal_by, reason=reason
        )
        if successor is not None:
            paid = booking.paid - booking.paid
            after = replace(result.after, rescheduled_to=successor, paid=paid, paid_offline=0)
            result = replace(result, after=after)
        freed: list[Interval] = []
        if Effect.HOLD in result.transition.effects:
            freed += self.expire_overdue_deposits(booking.profile_id, booking.buffered_period)
        self.bookings.save_transition(result, actor, actor_id, now)
        if result.after.status is not booking.status:
            self._reset_timers_and_proposals(result.after, now)
        if Effect.RELEASE in result.transition.effects:
            freed.append(booking.period)
        if notify and successor is None:
            self.notify_waitlist(booking.profile_id, freed)
        self.events.publish_transition(result, actor)
        return result.after

    def expire_overdue_deposits(self, profile_id: UUID, within: Interval) -> list[Interval]:
        """Expire holds in this period with an overdue deposit, before the period is taken.

        Return their periods. No waiting client is notified yet, since part of the time is taken at once.
        """
        ended = self.bookings.list_with_overdue_deposit(profile_id, within, self.now())
        for stale in ended:
            self.apply(stale, Action.EXPIRE, Actor.SYSTEM, notify=False)
        return [stale.period for stale in ended]

    def notify_waitlist(self, profile_id: UUID, freed: Iterable[Interval]) -> None:
        """Notify each client who waits for the part of these periods that is still free, once.

        Entries for profiles that are not public are kept without a notification.
        """
        now = self.now()
        for span in freed:
            held = self.bookings.list_held_periods(profile_id, span, now)
            for free in subtract([span], held):
                if free.length >= MIN_DURATION and DirectoryRepository(self.work).is_public(
                    profile_id
                ):
                    for entry in WaitlistRepository(self.work).mark_notified(profile_id, free, now):
                        self.events.publish_slot_available(entry)

    def create(self, booking: Booking, actor: Actor, actor_id: UUID, action: str) -> None:
        """Insert a new booking with its timers and the first line of its history."""
        now = self.now()
        self.bookings.add(booking)
        self.bookings.add_history(booking, action, actor, actor_id, now, from_status=None)
        TimerRepository(self.work).replace(booking.id, due_timers(booking, now))

    def _reset_timers_and_proposals(self, booking: Booking, now: datetime) -> None:
        TimerRepository(self.work).replace(booking.id, due_timers(booking, now))
        self.proposals.close_open(booking.id, ProposalStatus.LAPSED)
        if STATES[booking.status].deletes_address:
            delete_fields(self.work, booking.id, [EncryptedField.ADDRESS])


def booking_not_found() -> NotFound:
    """Return the same error for a missing booking and for a booking of other accounts."""
    return NotFound("no-such-booking", _("There is no such booking."))
