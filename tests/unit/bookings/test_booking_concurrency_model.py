"""Two clients, one provider, timers and crashes in every order: no overlapping bookings."""

from collections.abc import Callable

import pytest

from tests.unit.bookings.concurrency_model import Findings, Model, Program, Protections

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


def evening(protections: Protections) -> Findings:
    return Model(EVENING, protections, ("requested", "requested")).explore()


def move(protections: Protections) -> Findings:
    rows = ("requested", "confirmed", "absent")
    return Model(MOVE, protections, rows, apart=frozenset({1})).explore()


@pytest.mark.parametrize("scenario", [evening, move])
def test_model_with_all_protections_has_no_violation(
    scenario: Callable[[Protections], Findings],
) -> None:
    found = scenario(Protections())

    assert found.worlds > 5_000
    assert (found.overlaps, found.deadlocks) == (0, 0)
    assert (found.lost_events, found.untrue_events) == (0, 0)


def test_model_reaches_every_expected_end() -> None:
    ends = evening(Protections()).ends

    assert {
        ("confirmed", "requested"), ("expired", "accepted"), ("expired", "cancelled"),
        ("requested", "accepted"), ("confirmed", "cancelled"),
    } <= ends  # fmt: skip
    assert ("confirmed", "rescheduled", "accepted") not in move(Protections()).ends
    assert ("expired", "rescheduled", "accepted") in move(Protections()).ends


@pytest.mark.parametrize("scenario", [evening, move])
def test_model_without_lock_and_constraint_overlaps(
    scenario: Callable[[Protections], Findings],
) -> None:
    found = scenario(Protections(lock=False, constraint=False, checks_before_write=True))

    assert found.overlaps > 0


def test_model_with_constraint_only_deadlocks() -> None:
    found = evening(Protections(lock=False))

    assert found.overlaps == 0
    assert found.deadlocks > 0


def test_model_with_lock_only_overlaps_unless_checked() -> None:
    assert evening(Protections(constraint=False, checks_before_write=True)).overlaps == 0
    assert evening(Protections(constraint=False)).overlaps > 0


def test_model_without_relay_loses_events() -> None:
    assert evening(Protections(relay=False)).lost_events > 0


def test_model_sending_before_commit_sends_untrue_events() -> None:
    assert evening(Protections(sends_after_commit=False)).untrue_events > 0
