"""Ranking: fair over the days, stable within a day, and independent of payment."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from inspect import signature
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escorts.domain import ranking
from escorts.domain.ranking import (
    CIRCLE_SIZE,
    ProfileQuality,
    compute_tier,
    daily_offset,
    daily_ranges,
    day_number,
    rotation_distance,
    slot_position,
)

DAYS = st.integers(15_000, 60_000)
FRESH = timedelta(days=1)


def firsts(positions: list[int], first_day: int, days: int) -> dict[int, int]:
    """Return how often each slot is first."""
    counts = dict.fromkeys(positions, 0)
    points = {position: slot_position("berlin", 2, position) for position in positions}
    for day in range(first_day, first_day + days):
        counts[min(positions, key=lambda position: rotation_distance(points[position], day))] += 1
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 3, 7, 20, 50])
@settings(max_examples=15, deadline=None)
@given(first_day=DAYS)
def test_rotation_lists_each_slot_first_equally_often(size: int, first_day: int) -> None:
    days = 40 * size
    counts = firsts(list(range(1, size + 1)), first_day, days)
    # A slot is first in proportion to its gap, and the gaps of the golden ratio are similar.
    assert max(counts.values()) <= 40 * 1.95
    assert min(counts.values()) >= 40 * 0.45


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.one_of(st.integers(2, 3000), st.integers(100_000, 200_000)))
def test_slot_positions_have_similar_gaps(size: int) -> None:
    points = sorted(slot_position("vienna", 1, position) for position in range(1, size + 1))
    gaps = [b - a for a, b in pairwise([*points, points[0] + CIRCLE_SIZE])]
    assert max(gaps) <= 2.63 * min(gaps)


@given(DAYS, st.lists(st.integers(0, CIRCLE_SIZE - 1), max_size=40))
def test_daily_ranges_follow_rotation_order(day: int, seeds: list[int]) -> None:
    walked = [
        (arc.tier, point)
        for arc in daily_ranges(day)
        for point in sorted(seeds)
        if arc.low <= point < arc.high
    ]
    expected = [
        (tier_, point)
        for tier_ in ranking.TIERS
        for point in sorted(seeds, key=lambda point: rotation_distance(point, day))
    ]
    assert walked == expected


def test_day_number_changes_at_midnight_utc() -> None:
    midnight = datetime(2031, 5, 24, tzinfo=UTC)
    days = {day_number(midnight + timedelta(hours=hour)) for hour in range(24)}
    assert len(days) == 1
    assert day_number(midnight + timedelta(days=1)) == days.pop() + 1


@given(DAYS)
def test_daily_offsets_of_neighbouring_days_are_far_apart(day: int) -> None:
    step = (daily_offset(day + 1) - daily_offset(day)) % CIRCLE_SIZE
    assert 0.3 < step / CIRCLE_SIZE < 0.7


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (ProfileQuality(120, 1, 1, 1, FRESH), 2),
        (ProfileQuality(119, 1, 1, 1, FRESH), 1),
        (ProfileQuality(120, 0, 1, 1, FRESH), 1),
        (ProfileQuality(120, 1, 0, 1, FRESH), 1),
        (ProfileQuality(120, 1, 1, 0, FRESH), 1),
        (ProfileQuality(120, 1, 1, 1, timedelta(days=30)), 1),
        (ProfileQuality(0, 0, 0, 0, timedelta(days=400)), 0),
    ],
)
def test_compute_tier_depends_on_completeness_and_recency(
    quality: ProfileQuality, expected: int
) -> None:
    assert compute_tier(quality) == expected


def test_ranking_inputs_exclude_payment() -> None:
    inputs = {item.name for item in fields(ProfileQuality)} | {
        name
        for function in (slot_position, daily_offset, rotation_distance, compute_tier)
        for name in signature(function).parameters
    }
    assert inputs == {
        "bio_length", "rates", "languages", "weekly_hours", "since_update",
        "city", "tier", "slot", "day", "position", "quality",
    }  # fmt: skip
