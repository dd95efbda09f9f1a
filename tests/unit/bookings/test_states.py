"""The transition table: every (state, actor, action), at every moment."""

from collections import deque
from collections.abc import Set
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bookings.domain.booking import Booking, moved, timers
from bookings.domain.policy import DEFAULT
from bookings.domain.transitions import (
    HOLDING,
    OPEN,
    TABLE,
    Action,
    Actor,
    Effect,
    Status,
    Timer,
    decide,
)
from kit.errors import DomainError, Forbidden, InvalidState
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, a_booking

# Said once more in another form: state: {action: {who: where to}}.
R, A, C = Status.REQUESTED, Status.ACCEPTED, Status.CONFIRMED
DONE, GONE = Status.COMPLETED, Status.CANCELLED
SIDES = (Actor.CLIENT, Actor.PROVIDER)
TALK: dict[Action, dict[Actor, Set[Status | None]]] = {
    Action.PROPOSE: dict.fromkeys(SIDES, frozenset({None})),
    Action.REFUSE_PROPOSAL: dict.fromkeys(SIDES, frozenset({None})),
    Action.RESCHEDULE: dict.fromkeys(SIDES, frozenset({Status.RESCHEDULED})),
}
EXPECTED: dict[Status, dict[Action, dict[Actor, Set[Status | None]]]] = {
    R: TALK | {
        Action.ACCEPT: {Actor.PROVIDER: {A, C}},
        Action.DECLINE: {Actor.PROVIDER: {Status.DECLINED}},
        Action.CANCEL: {Actor.CLIENT: {GONE}, Actor.STAFF: {GONE}},
        Action.EXPIRE: {Actor.SYSTEM: {Status.EXPIRED}},
    },
    A: TALK | {
        Action.PAY: {Actor.PROVIDER: {C}, Actor.SYSTEM: {C}},
        Action.CANCEL: dict.fromkeys((*SIDES, Actor.STAFF), frozenset({GONE})),
        Action.EXPIRE: {Actor.SYSTEM: {Status.EXPIRED}},
    },
    C: TALK | {
        Action.CANCEL: dict.fromkeys((*SIDES, Actor.STAFF), frozenset({GONE})),
        Action.CHECK_IN: {Actor.PROVIDER: {None}},
        Action.CHECK_OUT: {Actor.PROVIDER: {DONE}},
        Action.COMPLETE: {Actor.PROVIDER: {DONE}, Actor.SYSTEM: {DONE}},
        Action.NO_SHOW: {Actor.PROVIDER: {Status.NO_SHOW}, Actor.STAFF: {Status.NO_SHOW}},
    },
}  # fmt: skip
EVERY = list(product(Status, Actor, Action))


def in_state(status: Status, **changes: object) -> Booking:
    """A booking as the database would let it stand in this state."""
    booking = a_booking(status=status, policy=POLICY)
    if status is A:
        booking = replace(booking, deposit_due_at=NOON + 6 * HOUR)
    if status is C:
        booking = replace(booking, paid=booking.deposit, confirmed_at=NOON)
    if status not in OPEN:
        booking = replace(booking, ended_at=NOON)
    return replace(booking, **changes)  # type: ignore[arg-type]


MOMENTS = st.integers(-30 * 60, 60 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("actor", Actor)
def test_who_may_do_what(status: Status, actor: Actor) -> None:
    here = [rule for rule in TABLE if rule.source is status and actor in rule.actors]
    for action in Action:
        targets = EXPECTED.get(status, {}).get(action, {}).get(actor, frozenset())

        assert {rule.target for rule in here if rule.action is action} == {
            status if target is None else target for target in targets
        }


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(now=MOMENTS, proposal_by=st.none() | st.sampled_from(SIDES), checked_in=st.booleans(),
       paid=st.sampled_from([0, 5000, 10000, 70000]))  # fmt: skip
def test_every_move_is_whole_or_refused(
    now: object, proposal_by: Actor | None, checked_in: bool, paid: int
) -> None:
    for status, actor, action in EVERY:
        booking = in_state(status, checked_in_at=NOON if checked_in else None)
        booking = replace(booking, paid=Money(paid, "EUR"))
        try:
            move = moved(booking, action, actor, now, proposal_by=proposal_by)  # type: ignore[arg-type]
        except (Forbidden, InvalidState):
            continue
        event(f"{status} {action}")  # what was reached, with --hypothesis-show-statistics
        after = move.after
        assert after.status in {
            status if target is None else target for target in EXPECTED[status][action][actor]
        }
        assert (after.status is A) == (after.deposit_due_at is not None) or after.status not in OPEN
        assert (after.status in OPEN) == (after.ended_at is None)
        assert (Effect.HOLD in move.rule.effects) == (not booking.holds and after.holds)
        if booking.holds and after.status not in {*OPEN, DONE, Status.NO_SHOW}:
            assert Effect.RELEASE in move.rule.effects
        if after.fee is not None and after.refund is not None:
            assert 0 <= after.fee.minor_units <= after.quote.total.minor_units
            assert after.refund.minor_units == max(0, paid - after.fee.minor_units)
        if actor is not Actor.CLIENT and action is Action.CANCEL:
            assert after.fee == Money(0, "EUR")
        assert (after.span, after.quote, after.policy) == (
            booking.span, booking.quote, booking.policy,
        )  # fmt: skip


def test_what_is_over_stays_so() -> None:
    assert {rule.source for rule in TABLE} == OPEN
    for status in set(Status) - OPEN:
        with pytest.raises(InvalidState, match="not possible"):
            decide(status, Action.CANCEL, in_state(status).facts(Actor.STAFF, NOON))


def test_nothing_waits_for_ever() -> None:
    """Whatever is open ends by its own timers, with nobody doing anything."""
    moves = {Timer.REQUEST_EXPIRY: Action.EXPIRE, Timer.DEPOSIT_EXPIRY: Action.EXPIRE,
             Timer.AUTO_COMPLETE: Action.COMPLETE}  # fmt: skip
    for status in OPEN:
        booking = in_state(status)
        ends = [
            moved(booking, moves[timer], Actor.SYSTEM, at).after.status
            for timer, at in timers(booking, NOON).items()
            if timer in moves
        ]
        assert len(ends) == 1
        assert ends[0] not in OPEN


def test_a_timer_is_never_early() -> None:
    for status in OPEN:
        booking = in_state(status)
        for timer, at in timers(booking, NOON).items():
            action = Action.COMPLETE if timer is Timer.AUTO_COMPLETE else Action.EXPIRE
            if timer.startswith("reminder"):
                continue
            with pytest.raises(InvalidState):
                moved(booking, action, Actor.SYSTEM, at - timedelta(seconds=1))


def test_every_state_can_be_reached() -> None:
    seen, todo = {R}, deque([R])
    while todo:
        here = todo.popleft()
        for rule in TABLE:
            if rule.source is here and rule.target not in seen:
                seen.add(rule.target)
                todo.append(rule.target)
    assert seen == set(Status)


def test_reminders_that_would_be_late_are_not_set() -> None:
    booking = in_state(C)

    assert set(timers(booking, NOON)) == {
        Timer.REMINDER_2H, Timer.AUTO_COMPLETE,
    }  # fmt: skip
    assert set(timers(booking, NOON - 3 * DAY)) >= {Timer.REMINDER_72H, Timer.REMINDER_24H}


def test_a_deposit_is_due_before_the_beginning() -> None:
    soon = a_booking(policy=POLICY)
    late = moved(soon, Action.ACCEPT, Actor.PROVIDER, soon.span.start - HOUR)

    assert late.after.deposit_due_at == soon.span.start


def test_holding_is_what_the_constraint_says() -> None:
    assert {A, C} == HOLDING
    assert DEFAULT.version == 0
    assert issubclass(Forbidden, DomainError)
