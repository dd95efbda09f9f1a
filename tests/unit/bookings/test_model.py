"""Two clients, one provider, timers and crashes in every order: never two at once."""

from collections.abc import Callable

import pytest

from tests.unit.bookings.model import Findings, House, Model, Program

pytestmark = pytest.mark.slow

ACCEPT = {"requested": "accepted"}
# Two requests for the same evening, accepted in two tabs; one client pays, one cancels, time passes.
EVENING = (
    Program("accept the first", 0, ACCEPT),
    Program("accept the second", 1, ACCEPT),
    Program("deposit of the first", 0, {"accepted": "confirmed"}),
    Program("no deposit of the first", 0, {"accepted": "expired"}, when_due=True),
    Program("the second client cancels", 1, dict.fromkeys(
        ("requested", "accepted", "confirmed"), "cancelled")),
)  # fmt: skip
# A confirmed booking of another day moves into the evening while a request for it is accepted.
MOVE = (
    Program("accept", 0, ACCEPT),
    Program("deposit", 0, {"accepted": "confirmed"}),
    Program("no deposit", 0, {"accepted": "expired"}, when_due=True),
    Program("move here", 1, {"confirmed": "rescheduled"}, begins=2),
    Program("cancel the other", 1, {"confirmed": "cancelled"}),
)


def evening(house: House) -> Findings:
    return Model(EVENING, house, ("requested", "requested")).explore()


def move(house: House) -> Findings:
    rows = ("requested", "confirmed", "absent")
    return Model(MOVE, house, rows, apart=frozenset({1})).explore()


@pytest.mark.parametrize("story", [evening, move])
def test_no_interleaving_breaks_the_house(story: Callable[[House], Findings]) -> None:
    found = story(House())

    assert found.worlds > 5_000
    assert (found.overlaps, found.deadlocks) == (0, 0)
    assert (found.lost_events, found.untrue_events) == (0, 0)


def test_everything_that_should_happen_can() -> None:
    ends = evening(House()).ends

    assert {
        ("confirmed", "requested"), ("expired", "accepted"), ("expired", "cancelled"),
        ("requested", "accepted"), ("confirmed", "cancelled"),
    } <= ends  # fmt: skip
    assert ("confirmed", "rescheduled", "accepted") not in move(House()).ends
    assert ("expired", "rescheduled", "accepted") in move(House()).ends


@pytest.mark.parametrize("story", [evening, move])
def test_without_lock_and_constraint_looking_first_is_not_enough(
    story: Callable[[House], Findings],
) -> None:
    found = story(House(lock=False, constraint=False, looks_first=True))

    assert found.overlaps > 0


def test_the_constraint_alone_is_right_but_deadlocks() -> None:
    found = evening(House(lock=False))

    assert found.overlaps == 0
    assert found.deadlocks > 0


def test_the_lock_alone_needs_somebody_to_look() -> None:
    assert evening(House(constraint=False, looks_first=True)).overlaps == 0
    assert evening(House(constraint=False)).overlaps > 0


def test_without_the_relay_a_crash_loses_an_event() -> None:
    assert evening(House(relay=False)).lost_events > 0


def test_events_sent_before_the_commit_may_be_untrue() -> None:
    assert evening(House(sends_after_commit=False)).untrue_events > 0
