"""Inactivity policy: when an owner is warned, and when the profile is hidden."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.inactivity import (
    HIDE_AFTER,
    WARN_AFTER,
    WARNING_PERIOD,
    Inactivity,
    InactivityStep,
)

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def inactivity(days: float, warned: float | None = None) -> Inactivity:
    warned_at = None if warned is None else NOW - warned * DAY
    return Inactivity(UUID(int=1), UUID(int=2), NOW - days * DAY, warned_at)


@pytest.mark.parametrize(
    ("profile", "step"),
    [
        (inactivity(0), None),
        (inactivity(82.9), None),
        (inactivity(83), InactivityStep.WARN),
        (inactivity(200), InactivityStep.WARN),
        (inactivity(84, 1), None),
        (inactivity(89.9, 6.9), None),
        (inactivity(90, 7), InactivityStep.HIDE),
        (inactivity(200, 6.9), None),
        (inactivity(200, 7), InactivityStep.HIDE),
    ],
)
def test_next_step_warns_first_and_hides_a_week_later(
    profile: Inactivity, step: InactivityStep | None
) -> None:
    assert profile.next_step(NOW) is step


@given(st.lists(st.floats(0.01, 30), min_size=1, max_size=60))
def test_random_job_runs_never_hide_unwarned_or_early(gaps: list[float]) -> None:
    now, profile = NOW, inactivity(0)
    for gap in gaps:
        now += gap * DAY
        step = profile.next_step(now)
        if step is InactivityStep.WARN:
            assert now - profile.last_active_at >= WARN_AFTER
            profile = Inactivity(profile.profile_id, profile.user_id, profile.last_active_at, now)
        elif step is InactivityStep.HIDE:
            assert profile.warned_at is not None
            assert now - profile.warned_at >= WARNING_PERIOD
            assert now - profile.last_active_at >= HIDE_AFTER
            return
    if now - NOW >= HIDE_AFTER + WARNING_PERIOD:
        # The job ran after every step was due: only the last run can have been too early for a step.
        assert profile.warned_at is not None
