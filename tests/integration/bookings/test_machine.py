"""A machine that does anything at any time over the real database, beside a book kept by hand."""

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

from bookings.domain.booking import Booking, timers
from bookings.domain.limits import MOST_OPEN_WITH_ONE
from bookings.domain.policy import Policy, Step
from bookings.domain.proposals import Proposal
from bookings.domain.spans import Span
from bookings.domain.transitions import AUTO_COMPLETE, HOLDING, OPEN, Actor, Status
from bookings.service.callers import Caller
from bookings.service.payments import Paying
from bookings.service.timers import Timekeeping
from kit.db import Database
from kit.errors import DomainError
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NO_DEPOSIT, NOON, POLICY, Salon, overlaps

pytestmark = pytest.mark.slow

FAR = NOON + 60 * DAY
STARTS = [NOON + 2 * DAY + number * HOUR / 2 for number in range(6)]
RULES = st.sampled_from([POLICY, NO_DEPOSIT, Policy(1, (Step(48, 30),), 50, 100, 1)])
SIDES = st.sampled_from([Actor.CLIENT, Actor.PROVIDER])
MOVES = ["decline", "cancel", "complete", "no_show", "check_in", "check_out", "refuse_proposal"]


REACHED = {
    "new to requested", "requested to accepted", "requested to confirmed", "requested to expired",
    "accepted to confirmed", "confirmed to cancelled", "requested to rescheduled",
}  # fmt: skip


class Evenings(RuleBasedStateMachine):
    """One provider, a few clients, six possible beginnings that all overlap their neighbours."""

    salon: Salon
    scheduled: Database
    payments: Database
    reached: ClassVar[Counter[str]] = Counter()

    @initialize(policy=RULES)
    def open_the_house(self, policy: Policy) -> None:
        self.salon.clock.to(NOON - HOUR)
        self.escort = self.salon.provider(policy=policy)
        self.provider = self.salon.owner_of(self.escort)
        self.clients = [Caller(self.salon.client()) for _ in range(2)]
        self.book: dict[UUID, Booking] = {}
        self.proposed: dict[UUID, Proposal] = {}
        self.changes = 0

    @rule(start=st.sampled_from(STARTS), who=st.integers(0, 1))
    def ask(self, start: datetime, who: int) -> None:
        span = Span(start, start + 2 * HOUR)
        wanted = span.padded(timedelta(), HOUR / 2)
        free = self.salon.clock() + 2 * HOUR <= start and not self._held(wanted)
        free = free and self._unanswered(self.clients[who]) < MOST_OPEN_WITH_ONE
        booking = self._do(lambda: self.salon.ask(self.clients[who].user_id, self.escort, start))
        assert (booking is not None) == free
        if booking is not None:
            self._keep(booking)

    @precondition(lambda self: self._any(Status.REQUESTED))
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        before, now = self._pick(data, Status.REQUESTED), self.salon.clock()
        taken = self._held(before.padded)
        after = self._do(lambda: self.salon.do("accept", self.provider, before.id))
        assert (after is not None) == (now < before.span.start and not taken)
        if after is not None:
            assert after.holds
            self._keep(after)
            self._give_way(after)

    @precondition(lambda self: self._any(Status.ACCEPTED))
    @rule(data=st.data())
    def pay_by_hand(self, data: st.DataObject) -> None:
        before = self._pick(data, Status.ACCEPTED)
        after = self.salon.do("deposit_received", self.provider, before.id)
        assert (after.status, after.paid) == (Status.CONFIRMED, before.deposit)
        self._keep(after)

    @precondition(lambda self: bool(self.book))
    @rule(data=st.data(), parts=st.sampled_from([1, 2]))
    def pay(self, data: st.DataObject, parts: int) -> None:
        before = self._pick(data, *Status)
        amount = Money(max(before.deposit.minor_units // parts, 1), "EUR")
        with self.payments.transaction() as work:
            after = Paying(work, self.salon.clock).captured(before.id, amount)
        if before.rescheduled_to is None:
            assert after.paid == before.paid + amount
        if after.status not in OPEN and after.fee is not None and after.refund is not None:
            assert after.refund.minor_units == max(
                0, after.paid.minor_units - after.fee.minor_units
            )
        self._keep(after)

    @precondition(lambda self: self._any(*OPEN))
    @rule(data=st.data(), action=st.sampled_from(MOVES), side=SIDES)
    def move(self, data: st.DataObject, action: str, side: Actor) -> None:
        self._move(self._pick(data, *sorted(OPEN)), action, side)

    @precondition(lambda self: self._any(*HOLDING))
    @rule(data=st.data(), side=SIDES)
    def cancel(self, data: st.DataObject, side: Actor) -> None:
        # The later it is called off the more there is to settle: those come first.
        late = [Status.CONFIRMED] if self._any(Status.CONFIRMED) else sorted(HOLDING)
        self._move(self._pick(data, *late), "cancel", side)

    @precondition(lambda self: self._any(Status.CONFIRMED))
    @rule(data=st.data())
    def stay_away(self, data: st.DataObject) -> None:
        before = self._pick(data, Status.CONFIRMED)
        self.salon.clock.to(max(self.salon.clock(), before.span.start))
        self._move(before, "no_show", Actor.PROVIDER)

    @precondition(lambda self: self._any(Status.CONFIRMED))
    @rule(data=st.data(), action=st.sampled_from(["complete", "check_in", "check_out"]))
    def meet(self, data: st.DataObject, action: str) -> None:
        before = self._pick(data, Status.CONFIRMED)
        self.salon.clock.to(max(self.salon.clock(), before.span.start))
        self._move(before, action, Actor.PROVIDER)

    @precondition(lambda self: self._any(*(set(Status) - OPEN)))
    @rule(
        data=st.data(), action=st.sampled_from([*MOVES, "accept", "deposit_received"]), side=SIDES
    )
    def disturb(self, data: st.DataObject, action: str, side: Actor) -> None:
        before = self._pick(data, *sorted(set(Status) - OPEN))
        caller = self._caller(before, side)
        assert self._do(lambda: self.salon.do(action, caller, before.id)) is None

    @precondition(lambda self: self._any(*OPEN))
    @rule(data=st.data(), start=st.sampled_from(STARTS), side=SIDES, agreed=st.booleans())
    def propose(self, data: st.DataObject, start: datetime, side: Actor, agreed: bool) -> None:
        before = self._pick(data, *sorted(OPEN))
        caller = self._caller(before, side)
        made = self._do(lambda: self.salon.do("propose", caller, before.id, start))
        if made is not None:
            assert not self._held(before.padding.around(made.span), besides=before.id)
            self.book[before.id] = self.salon.booking(before.id)  # a request waits anew
            self.proposed[before.id] = made
            if agreed:
                self._agree(self.book[before.id], own=False)

    @precondition(lambda self: self._talked())
    @rule(data=st.data(), own=st.integers(0, 9))
    def agree(self, data: st.DataObject, own: int) -> None:
        self._agree(self.book[data.draw(st.sampled_from(self._talked()))], own=own == 0)

    def _agree(self, before: Booking, *, own: bool) -> None:
        proposal = self.proposed[before.id]
        by = proposal.by
        side = by if own else Actor.CLIENT if by is Actor.PROVIDER else Actor.PROVIDER
        caller = self._caller(before, side)
        new = self._do(lambda: self.salon.do("accept_proposal", caller, before.id, proposal.id))
        if new is None:
            return
        assert not own
        assert new.holds
        assert not self._held(new.padded, besides=before.id)
        self.reached[f"moved from {before.status} to {new.status}"] += 1
        self._keep(replace(
            before, status=Status.RESCHEDULED, rescheduled_to=new.id, paid=Money(0, "EUR"), by_hand=0,
            ended_at=self.salon.clock(),
        ))  # fmt: skip
        self._give_way(new)
        self._keep(new)

    @precondition(lambda self: bool(self.book))
    @rule(data=st.data(), minutes=st.sampled_from([-1, 0, 30]))
    def time_passes(self, data: st.DataObject, minutes: int) -> None:
        """To a moment at which something may happen, or just before it."""
        now = self.salon.clock()
        ahead = sorted(
            {at for b in self.book.values() for at in timers(b, now).values() if at > now}
        )
        if ahead:
            self.salon.clock.to(max(now, ahead[0] + timedelta(minutes=minutes)))

    @precondition(lambda self: bool(self.book))
    @rule(lost=st.booleans())
    def sweep(self, lost: bool) -> None:
        timekeeping = Timekeeping(self.scheduled, self.salon.clock)
        if lost:
            with self.salon.owner.transaction() as work:
                work.execute("DELETE FROM bookings.timers")
            timekeeping.rearm()
        timekeeping.sweep()
        now = self.salon.clock()
        for booking in list(self.book.values()):
            ends = {
                Status.REQUESTED: (min(booking.expires_at, booking.span.start), Status.EXPIRED),
                Status.ACCEPTED: (booking.deposit_due_at, Status.EXPIRED),
                Status.CONFIRMED: (booking.span.end + AUTO_COMPLETE, Status.COMPLETED),
            }
            at, status = ends.get(booking.status, (None, booking.status))
            if at is not None and at <= now:
                self._keep(replace(booking, status=status))

    @invariant()
    def never_two_at_once(self) -> None:
        assert overlaps(self.salon.owner) == 0

    @invariant()
    def the_book_is_what_the_database_says(self) -> None:
        with self.salon.owner.transaction() as work:
            rows = work.execute(
                """
                SELECT b.id, b.status, b.paid, lower(b.period) AS starts_at,
                    array(SELECT t.kind::text FROM bookings.timers t
                          WHERE t.booking_id = b.id AND t.done_at IS NULL) AS timers
                FROM bookings.bookings b WHERE b.escort_id = %s
                """,
                (self.escort,),
            ).fetchall()
        assert len(rows) == len(self.book)
        for row in rows:
            booking = self.book[row["id"]]
            assert (row["status"], row["paid"], row["starts_at"]) == (
                booking.status, booking.paid.minor_units, booking.span.start,
            )  # fmt: skip
            due = {kind for kind in timers(booking, FAR) if booking.status in OPEN}
            assert due <= set(row["timers"])

    def teardown(self) -> None:
        """One event per change of a state, whatever happened."""
        ids = {str(booking_id) for booking_id in getattr(self, "book", {})}
        told = Counter(
            row["type"] for row in self.salon.outbox()
            if row["envelope"]["data"].get("bookingId") in ids
            and row["type"] not in {"BookingTimeProposed", "BookingReminderDue", "BookingRefundDue"}
        )  # fmt: skip
        assert told.total() == getattr(self, "changes", 0)

    def _any(self, *statuses: Status) -> bool:
        return any(booking.status in statuses for booking in self.book.values())

    def _pick(self, data: st.DataObject, *statuses: Status) -> Booking:
        ids = [booking.id for booking in self.book.values() if booking.status in statuses]
        return self.book[data.draw(st.sampled_from(ids))]

    def _talked(self) -> list[UUID]:
        return [one for one in self.proposed if self.book[one].status in OPEN]

    def _move(self, before: Booking, action: str, side: Actor) -> None:
        caller = self._caller(before, side)
        after = self._do(lambda: self.salon.do(action, caller, before.id))
        if after is not None:
            self._keep(after)

    def _held(self, wanted: Span, besides: UUID | None = None) -> bool:
        now = self.salon.clock()
        return any(
            booking.holds and booking.id != besides and booking.padded.overlaps(wanted)
            and (booking.deposit_due_at is None or booking.deposit_due_at > now)
            for booking in self.book.values()
        )  # fmt: skip

    def _unanswered(self, client: Caller) -> int:
        return sum(
            booking.client_id == client.user_id and booking.status is Status.REQUESTED
            and min(booking.expires_at, booking.span.start) > self.salon.clock()
            for booking in self.book.values()
        )  # fmt: skip

    def _give_way(self, winner: Booking) -> None:
        for other in list(self.book.values()):
            overlapping = other.id != winner.id and other.padded.overlaps(winner.padded)
            if other.status in HOLDING and overlapping:
                assert other.deposit_due_at is not None
                self._keep(replace(other, status=Status.EXPIRED))

    def _keep(self, booking: Booking) -> None:
        known = self.book.get(booking.id)
        if known is None or known.status is not booking.status:
            self.changes += 1
            self.reached[f"{known.status if known else 'new'} to {booking.status}"] += 1
        self.book[booking.id] = booking

    def _caller(self, booking: Booking, side: Actor) -> Caller:
        return self.provider if side is Actor.PROVIDER else Caller(booking.client_id)

    def _do(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except DomainError:
            return None


def test_anything_at_any_time(salon: Salon, database_as: Callable[[str], Database]) -> None:
    Evenings.salon = salon
    Evenings.scheduled = database_as("bookings_scheduled")
    Evenings.payments = database_as("bookings_consumer")
    run_state_machine_as_test(
        Evenings,
        settings=settings(
            deadline=None,
            max_examples=25,
            derandomize=True,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A green run that never came anywhere would say nothing.
    assert REACHED - set(Evenings.reached) == set()
