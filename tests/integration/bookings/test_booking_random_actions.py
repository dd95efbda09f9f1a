"""Stateful test: random actions on the real database, compared with a model in memory."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bookings.domain.booking import Booking, due_timers
from bookings.domain.limits import MAX_OPEN_REQUESTS_PER_PROFILE
from bookings.domain.policy import Policy, PolicyStep
from bookings.domain.proposals import Proposal
from bookings.domain.transitions import (
    AUTO_COMPLETE,
    OPEN_STATUSES,
    SLOT_HOLDING_STATUSES,
    Actor,
    Status,
)
from bookings.service.actor import Caller
from bookings.service.payments import PaymentHandler
from bookings.service.timers import TimerService
from kit.db import Database
from kit.errors import DomainError
from kit.intervals import Interval
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, BookingWorld, overlaps

pytestmark = pytest.mark.slow

FAR = NOON + 60 * DAY
STARTS = [NOON + 2 * DAY + number * HOUR / 2 for number in range(6)]
POLICIES = [POLICY, NO_DEPOSIT, Policy(1, (PolicyStep(48, 30),), 50, 100, 1)]
SIDES = st.sampled_from([Actor.CLIENT, Actor.PROVIDER])
ACTIONS = ["decline", "cancel", "complete", "no-show", "check-in", "check-out", "refuse_proposal"]


REACHED = {
    "new to requested", "requested to accepted", "requested to confirmed", "requested to expired",
    "accepted to confirmed", "confirmed to cancelled", "requested to rescheduled",
}  # fmt: skip


class BookingStateMachine(RuleBasedStateMachine):
    """One provider, two clients, and six possible starts that overlap their neighbours."""

    bookings: BookingWorld
    scheduled: Database
    payments: Database
    policy: Policy
    reached: ClassVar[Counter[str]] = Counter()

    @initialize()
    def set_up_provider(self) -> None:
        self.bookings.clock.set_time(NOON - HOUR)
        self.profile_id = self.bookings.provider(policy=self.policy)
        self.provider = self.bookings.owner_of(self.profile_id)
        self.clients = [Caller(self.bookings.client()) for _ in range(2)]
        self.model: dict[UUID, Booking] = {}
        self.proposed: dict[UUID, Proposal] = {}
        self.changes = 0

    @rule(start=st.sampled_from(STARTS), who=st.integers(0, 1))
    def ask(self, start: datetime, who: int) -> None:
        span = Interval(start, start + 2 * HOUR)
        wanted = span.extended(timedelta(), HOUR / 2)
        free = self.bookings.clock() + 2 * HOUR <= start and not self._held(wanted)
        free = free and self._unanswered(self.clients[who]) < MAX_OPEN_REQUESTS_PER_PROFILE
        booking = self._try(
            lambda: self.bookings.ask(self.clients[who].user_id, self.profile_id, start)
        )
        assert (booking is not None) == free
        if booking is not None:
            self._record(booking)

    @precondition(lambda self: self._has_status(Status.REQUESTED))
    @rule(data=st.data(), paid=st.booleans())
    def accept(self, data: st.DataObject, *, paid: bool) -> None:
        before, now = self._pick(data, Status.REQUESTED), self.bookings.clock()
        taken = self._held(before.buffered_period)
        after = self._try(lambda: self.bookings.do("accept", self.provider, before.id))
        assert (after is not None) == (now < before.period.start and not taken)
        if after is not None:
            assert after.holds_slot
            self._record(after)
            self._expire_overlapping_holds(after)
            # Half of the deposits are paid at once: confirmed bookings have the most transitions.
            if paid and after.status is Status.ACCEPTED:
                self._pay_offline(after)

    @precondition(lambda self: self._has_status(Status.ACCEPTED))
    @rule(data=st.data())
    def pay_offline(self, data: st.DataObject) -> None:
        self._pay_offline(self._pick(data, Status.ACCEPTED))

    def _pay_offline(self, before: Booking) -> None:
        after = self.bookings.do("pay", self.provider, before.id)
        assert (after.status, after.paid) == (Status.CONFIRMED, before.deposit)
        self._record(after)

    @precondition(lambda self: bool(self.model))
    @rule(data=st.data(), parts=st.sampled_from([1, 2]))
    def pay(self, data: st.DataObject, parts: int) -> None:
        before = self._pick(data, *Status)
        amount = Money(max(before.deposit.minor_units // parts, 1), "EUR")
        with self.payments.transaction() as work:
            after = PaymentHandler(work, self.bookings.clock).on_captured(before.id, amount)
        if before.rescheduled_to is None:
            assert after.paid == before.paid + amount
        if after.status not in OPEN_STATUSES and after.fee is not None and after.refund is not None:
            assert after.refund.minor_units == max(
                0, after.paid.minor_units - after.fee.minor_units
            )
        self._record(after)

    @precondition(lambda self: self._has_status(*OPEN_STATUSES))
    @rule(data=st.data(), action=st.sampled_from(ACTIONS), side=SIDES)
    def act(self, data: st.DataObject, action: str, side: Actor) -> None:
        self._act(self._pick(data, *sorted(OPEN_STATUSES)), action, side)

    @precondition(lambda self: self._has_status(*SLOT_HOLDING_STATUSES))
    @rule(data=st.data(), side=SIDES)
    def cancel(self, data: st.DataObject, side: Actor) -> None:
        # Late cancellations first, since they involve a fee.
        late = (
            [Status.CONFIRMED]
            if self._has_status(Status.CONFIRMED)
            else sorted(SLOT_HOLDING_STATUSES)
        )
        self._act(self._pick(data, *late), "cancel", side)

    @precondition(lambda self: self._has_status(Status.CONFIRMED))
    @rule(data=st.data())
    def miss_meeting(self, data: st.DataObject) -> None:
        before = self._pick(data, Status.CONFIRMED)
        self.bookings.clock.set_time(max(self.bookings.clock(), before.period.start))
        self._act(before, "no-show", Actor.PROVIDER)

    @precondition(lambda self: self._has_status(Status.CONFIRMED))
    @rule(data=st.data(), action=st.sampled_from(["complete", "check-in", "check-out"]))
    def meet(self, data: st.DataObject, action: str) -> None:
        before = self._pick(data, Status.CONFIRMED)
        self.bookings.clock.set_time(max(self.bookings.clock(), before.period.start))
        self._act(before, action, Actor.PROVIDER)

    @precondition(lambda self: self._has_status(*(set(Status) - OPEN_STATUSES)))
    @rule(
        data=st.data(),
        action=st.sampled_from([*ACTIONS, "accept", "pay"]),
        side=SIDES,
    )
    def act_on_ended_booking(self, data: st.DataObject, action: str, side: Actor) -> None:
        before = self._pick(data, *sorted(set(Status) - OPEN_STATUSES))
        caller = self._caller(before, side)
        assert self._try(lambda: self.bookings.do(action, caller, before.id)) is None

    @precondition(lambda self: self._has_status(*OPEN_STATUSES))
    @rule(data=st.data(), start=st.sampled_from(STARTS), side=SIDES, agreed=st.booleans())
    def propose(self, data: st.DataObject, start: datetime, side: Actor, agreed: bool) -> None:
        before = self._pick(data, *sorted(OPEN_STATUSES))
        caller = self._caller(before, side)
        made = self._try(lambda: self.bookings.do("propose", caller, before.id, start))
        if made is not None:
            assert not self._held(before.buffers.extend(made.period), besides=before.id)
            self.model[before.id] = self.bookings.booking(before.id)  # a request waits anew
            self.proposed[before.id] = made
            if agreed:
                self._agree(self.model[before.id], own=False)

    @precondition(lambda self: self._with_open_proposal())
    @rule(data=st.data(), own=st.integers(0, 9))
    def agree(self, data: st.DataObject, own: int) -> None:
        self._agree(
            self.model[data.draw(st.sampled_from(self._with_open_proposal()))], own=own == 0
        )

    def _agree(self, before: Booking, *, own: bool) -> None:
        proposal = self.proposed[before.id]
        by = proposal.proposed_by
        side = by if own else Actor.CLIENT if by is Actor.PROVIDER else Actor.PROVIDER
        caller = self._caller(before, side)
        new = self._try(lambda: self.bookings.do("accept_proposal", caller, before.id, proposal.id))
        if new is None:
            return
        assert not own
        assert new.holds_slot
        assert not self._held(new.buffered_period, besides=before.id)
        self.reached[f"moved from {before.status} to {new.status}"] += 1
        self._record(replace(
            before, status=Status.RESCHEDULED, rescheduled_to=new.id, paid=Money(0, "EUR"), paid_offline=0,
            ended_at=self.bookings.clock(),
        ))  # fmt: skip
        self._expire_overlapping_holds(new)
        self._record(new)

    @precondition(lambda self: bool(self.model))
    @rule(data=st.data(), minutes=st.sampled_from([-1, 0, 30]))
    def advance_clock(self, data: st.DataObject, minutes: int) -> None:
        """Move to a due time, or just before it."""
        now = self.bookings.clock()
        ahead = sorted(
            {at for b in self.model.values() for at in due_timers(b, now).values() if at > now}
        )
        if ahead:
            self.bookings.clock.set_time(max(now, ahead[0] + timedelta(minutes=minutes)))

    @precondition(lambda self: bool(self.model))
    @rule(lost=st.booleans())
    def fire_timers(self, lost: bool) -> None:
        timer_service = TimerService(self.scheduled, self.bookings.clock)
        if lost:
            with self.bookings.owner.transaction() as work:
                work.execute("DELETE FROM bookings.timers")
            timer_service.repair_timers()
        timer_service.fire_due_timers()
        now = self.bookings.clock()
        for booking in list(self.model.values()):
            ends = {
                Status.REQUESTED: (min(booking.expires_at, booking.period.start), Status.EXPIRED),
                Status.ACCEPTED: (booking.deposit_due_at, Status.EXPIRED),
                Status.CONFIRMED: (booking.period.end + AUTO_COMPLETE, Status.COMPLETED),
            }
            at, status = ends.get(booking.status, (None, booking.status))
            if at is not None and at <= now:
                self._record(replace(booking, status=status))

    @invariant()
    def no_overlapping_holds(self) -> None:
        assert overlaps(self.bookings.owner) == 0

    @invariant()
    def model_matches_database(self) -> None:
        with self.bookings.owner.transaction() as work:
            rows = work.execute(
                """
                SELECT b.id, b.status, b.paid, lower(b.period) AS starts_at,
                    array(SELECT t.kind::text FROM bookings.timers t
                          WHERE t.booking_id = b.id AND t.done_at IS NULL) AS timers
                FROM bookings.bookings b WHERE b.profile_id = %s
                """,
                (self.profile_id,),
            ).fetchall()
        assert len(rows) == len(self.model)
        for row in rows:
            booking = self.model[row["id"]]
            assert (row["status"], row["paid"], row["starts_at"]) == (
                booking.status, booking.paid.minor_units, booking.period.start,
            )  # fmt: skip
            due = {kind for kind in due_timers(booking, FAR) if booking.status in OPEN_STATUSES}
            assert due <= set(row["timers"])

    def teardown(self) -> None:
        """Check that each status change published one event."""
        ids = {str(booking_id) for booking_id in getattr(self, "model", {})}
        published = Counter(
            row["type"] for row in self.bookings.outbox()
            if row["envelope"]["data"].get("bookingId") in ids
            and row["type"] not in {"BookingTimeProposed", "BookingReminderDue", "BookingRefundDue"}
        )  # fmt: skip
        assert published.total() == getattr(self, "changes", 0)

    def _has_status(self, *statuses: Status) -> bool:
        return any(booking.status in statuses for booking in self.model.values())

    def _pick(self, data: st.DataObject, *statuses: Status) -> Booking:
        ids = [booking.id for booking in self.model.values() if booking.status in statuses]
        return self.model[data.draw(st.sampled_from(ids))]

    def _with_open_proposal(self) -> list[UUID]:
        return [one for one in self.proposed if self.model[one].status in OPEN_STATUSES]

    def _act(self, before: Booking, action: str, side: Actor) -> None:
        caller = self._caller(before, side)
        after = self._try(lambda: self.bookings.do(action, caller, before.id))
        if after is not None:
            self._record(after)

    def _held(self, wanted: Interval, besides: UUID | None = None) -> bool:
        now = self.bookings.clock()
        return any(
            booking.holds_slot and booking.id != besides and booking.buffered_period.overlaps(wanted)
            and (booking.deposit_due_at is None or booking.deposit_due_at > now)
            for booking in self.model.values()
        )  # fmt: skip

    def _unanswered(self, client: Caller) -> int:
        return sum(
            booking.client_id == client.user_id and booking.status is Status.REQUESTED
            and min(booking.expires_at, booking.period.start) > self.bookings.clock()
            for booking in self.model.values()
        )  # fmt: skip

    def _expire_overlapping_holds(self, winner: Booking) -> None:
        for other in list(self.model.values()):
            overlapping = other.id != winner.id and other.buffered_period.overlaps(
                winner.buffered_period
            )
            if other.status in SLOT_HOLDING_STATUSES and overlapping:
                assert other.deposit_due_at is not None
                self._record(replace(other, status=Status.EXPIRED))

    def _record(self, booking: Booking) -> None:
        known = self.model.get(booking.id)
        if known is None or known.status is not booking.status:
            self.changes += 1
            self.reached[f"{known.status if known else 'new'} to {booking.status}"] += 1
        self.model[booking.id] = booking

    def _caller(self, booking: Booking, side: Actor) -> Caller:
        return self.provider if side is Actor.PROVIDER else Caller(booking.client_id)

    def _try(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except DomainError:
            return None


def test_bookings_state_machine_matches_model(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    BookingStateMachine.bookings = bookings
    BookingStateMachine.scheduled = database_as("bookings_scheduled")
    BookingStateMachine.payments = database_as("bookings_consumer")
    for policy in POLICIES:
        BookingStateMachine.policy = policy
        run_state_machine_as_test(
            BookingStateMachine,
            settings=settings(
                deadline=None,
                max_examples=15,
                derandomize=True,
                stateful_step_count=30,
                suppress_health_check=list(HealthCheck),
            ),
        )
    # A run that reaches no transitions would prove nothing.
    assert REACHED - set(BookingStateMachine.reached) == set()
