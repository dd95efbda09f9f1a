"""The transition table: every (status, actor, action), at every time."""

from collections import deque
from collections.abc import Set
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bookings.domain.booking import Booking, apply_transition, due_timers
from bookings.domain.policy import DEFAULT_POLICY
from bookings.domain.transitions import (
    OPEN_STATUSES,
    SLOT_HOLDING_STATUSES,
    TRANSITIONS,
    Action,
    Actor,
    Effect,
    Status,
    Timer,
    find_transition,
)
from kit.errors import DomainError, Forbidden, InvalidState
from kit.money import Money
from tests.factories.bookings import DAY, HOUR, NOON, POLICY, a_booking

# The table written a second time in another form: status: {action: {actor: targets}}.
R, A, C = Status.REQUESTED, Status.ACCEPTED, Status.CONFIRMED
COMPLETED, CANCELLED = Status.COMPLETED, Status.CANCELLED
SIDES = (Actor.CLIENT, Actor.PROVIDER)
PROPOSAL_ACTIONS: dict[Action, dict[Actor, Set[Status | None]]] = {
    Action.PROPOSE: dict.fromkeys(SIDES, frozenset({None})),
    Action.REFUSE_PROPOSAL: dict.fromkeys(SIDES, frozenset({None})),
    Action.RESCHEDULE: dict.fromkeys(SIDES, frozenset({Status.RESCHEDULED})),
}
EXPECTED: dict[Status, dict[Action, dict[Actor, Set[Status | None]]]] = {
    R: PROPOSAL_ACTIONS | {
        Action.ACCEPT: {Actor.PROVIDER: {A, C}},
        Action.DECLINE: {Actor.PROVIDER: {Status.DECLINED}},
        Action.CANCEL: {Actor.CLIENT: {CANCELLED}, Actor.STAFF: {CANCELLED}},
        Action.EXPIRE: {Actor.SYSTEM: {Status.EXPIRED}},
    },
    A: PROPOSAL_ACTIONS | {
        Action.PAY: {Actor.PROVIDER: {C}, Actor.SYSTEM: {C}},
        Action.CANCEL: dict.fromkeys((*SIDES, Actor.STAFF), frozenset({CANCELLED})),
        Action.EXPIRE: {Actor.SYSTEM: {Status.EXPIRED}},
    },
    C: PROPOSAL_ACTIONS | {
        Action.CANCEL: dict.fromkeys((*SIDES, Actor.STAFF), frozenset({CANCELLED})),
        Action.CHECK_IN: {Actor.PROVIDER: {None}},
        Action.CHECK_OUT: {Actor.PROVIDER: {COMPLETED}},
        Action.COMPLETE: {Actor.PROVIDER: {COMPLETED}, Actor.SYSTEM: {COMPLETED}},
        Action.NO_SHOW: {Actor.PROVIDER: {Status.NO_SHOW}, Actor.STAFF: {Status.NO_SHOW}},
    },
}  # fmt: skip
EVERY_CASE = list(product(Status, Actor, Action))


def in_state(status: Status, **changes: object) -> Booking:
    """Return a booking in this status, as the database constraints allow it."""
    booking = a_booking(status=status, policy=POLICY)
    if status is A:
        booking = replace(booking, deposit_due_at=NOON + 6 * HOUR)
    if status is C:
        booking = replace(booking, paid=booking.deposit, confirmed_at=NOON)
    if status not in OPEN_STATUSES:
        booking = replace(booking, ended_at=NOON)
    return replace(booking, **changes)  # type: ignore[arg-type]


MOMENTS = st.integers(-30 * 60, 60 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("actor", Actor)
def test_transitions_per_status_and_actor_match_table(status: Status, actor: Actor) -> None:
    here = [rule for rule in TRANSITIONS if rule.source is status and actor in rule.actors]
    for action in Action:
        targets = EXPECTED.get(status, {}).get(action, {}).get(actor, frozenset())

        assert {rule.target for rule in here if rule.action is action} == {
            status if target is None else target for target in targets
        }


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(now=MOMENTS, proposal_by=st.none() | st.sampled_from(SIDES), checked_in=st.booleans(),
       paid=st.sampled_from([0, 5000, 10000, 70000]))  # fmt: skip
def test_apply_transition_result_is_consistent_or_refused(
    now: object, proposal_by: Actor | None, checked_in: bool, paid: int
) -> None:
    for status, actor, action in EVERY_CASE:
        booking = in_state(status, checked_in_at=NOON if checked_in else None)
        booking = replace(booking, paid=Money(paid, "EUR"))
        try:
            move = apply_transition(booking, action, actor, now, proposal_by=proposal_by)  # type: ignore[arg-type]
        except (Forbidden, InvalidState):
            continue
        event(f"{status} {action}")  # what was reached, with --hypothesis-show-statistics
        after = move.after
        assert after.status in {
            status if target is None else target for target in EXPECTED[status][action][actor]
        }
        assert (after.status is A) == (
            after.deposit_due_at is not None
        ) or after.status not in OPEN_STATUSES
        assert (after.status in OPEN_STATUSES) == (after.ended_at is None)
        assert (Effect.HOLD in move.transition.effects) == (
            not booking.holds_slot and after.holds_slot
        )
        if booking.holds_slot and after.status not in {*OPEN_STATUSES, COMPLETED, Status.NO_SHOW}:
            assert Effect.RELEASE in move.transition.effects
        if after.fee is not None and after.refund is not None:
            assert 0 <= after.fee.minor_units <= after.quote.total.minor_units
            assert after.refund.minor_units == max(0, paid - after.fee.minor_units)
        if actor is not Actor.CLIENT and action is Action.CANCEL:
            assert after.fee == Money(0, "EUR")
        assert (after.period, after.quote, after.policy) == (
            booking.period, booking.quote, booking.policy,
        )  # fmt: skip


def test_find_transition_ended_status_raises_invalid_state() -> None:
    assert {rule.source for rule in TRANSITIONS} == OPEN_STATUSES
    for status in set(Status) - OPEN_STATUSES:
        with pytest.raises(InvalidState, match="not possible"):
            find_transition(
                status, Action.CANCEL, in_state(status).transition_context(Actor.STAFF, NOON)
            )


def test_due_timers_end_every_open_status() -> None:
    """Every open booking ends by its own timers, without any user action."""
    moves = {Timer.REQUEST_EXPIRY: Action.EXPIRE, Timer.DEPOSIT_EXPIRY: Action.EXPIRE,
             Timer.AUTO_COMPLETE: Action.COMPLETE}  # fmt: skip
    for status in OPEN_STATUSES:
        booking = in_state(status)
        ends = [
            apply_transition(booking, moves[timer], Actor.SYSTEM, at).after.status
            for timer, at in due_timers(booking, NOON).items()
            if timer in moves
        ]
        assert len(ends) == 1
        assert ends[0] not in OPEN_STATUSES


def test_apply_transition_before_due_time_is_refused() -> None:
    for status in OPEN_STATUSES:
        booking = in_state(status)
        for timer, at in due_timers(booking, NOON).items():
            action = Action.COMPLETE if timer is Timer.AUTO_COMPLETE else Action.EXPIRE
            if timer.startswith("reminder"):
                continue
            with pytest.raises(InvalidState):
                apply_transition(booking, action, Actor.SYSTEM, at - timedelta(seconds=1))


def test_transitions_reach_every_status() -> None:
    seen, todo = {R}, deque([R])
    while todo:
        here = todo.popleft()
        for rule in TRANSITIONS:
            if rule.source is here and rule.target not in seen:
                seen.add(rule.target)
                todo.append(rule.target)
    assert seen == set(Status)


def test_due_timers_omit_past_reminders() -> None:
    booking = in_state(C)

    assert set(due_timers(booking, NOON)) == {
        Timer.REMINDER_2H, Timer.AUTO_COMPLETE,
    }  # fmt: skip
    assert set(due_timers(booking, NOON - 3 * DAY)) >= {Timer.REMINDER_72H, Timer.REMINDER_24H}


def test_apply_transition_accept_sets_deposit_due_before_start() -> None:
    soon = a_booking(policy=POLICY)
    late = apply_transition(soon, Action.ACCEPT, Actor.PROVIDER, soon.period.start - HOUR)

    assert late.after.deposit_due_at == soon.period.start


def test_slot_holding_statuses_match_database_constraint() -> None:
    assert {A, C} == SLOT_HOLDING_STATUSES
    assert DEFAULT_POLICY.version == 0
    assert issubclass(Forbidden, DomainError)
