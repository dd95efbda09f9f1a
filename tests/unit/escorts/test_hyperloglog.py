"""HyperLogLog: measured error, and independence of order and repetition."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escorts.domain.hyperloglog import (
    REGISTERS,
    STANDARD_ERROR,
    estimate_cardinality,
    register_mark,
)

DIGESTS = st.binary(min_size=8, max_size=8)
ROUNDS = 60


def error_at(visitors: int) -> tuple[float, float]:
    """Return the mean and the root mean square of the relative error over many days."""
    random = Random(visitors)
    errors = [
        estimate_cardinality({register_mark(random.randbytes(8)) for _ in range(visitors)})
        / visitors
        - 1
        for _ in range(ROUNDS)
    ]
    return sum(errors) / ROUNDS, math.sqrt(sum(error * error for error in errors) / ROUNDS)


@pytest.mark.slow
@pytest.mark.parametrize("visitors", [10, 30, 100, 300, 1000, 2500, 5000, 20_000])
def test_estimate_error_matches_documented_error(visitors: int) -> None:
    bias, deviation = error_at(visitors)

    # The deviation of a deviation measured over 60 days is a tenth of it: three of those on top.
    assert deviation < STANDARD_ERROR * 1.3
    # Rounding: an estimate is a whole number.
    assert abs(bias) < 3 * STANDARD_ERROR / math.sqrt(ROUNDS) + 0.5 / visitors


def test_estimate_of_few_visitors_is_almost_exact() -> None:
    assert error_at(10)[1] < 0.035
    assert error_at(50)[1] < 0.025


def test_estimate_without_marks_is_zero() -> None:
    assert estimate_cardinality(()) == 0
    assert estimate_cardinality({register_mark(bytes(8))}) == 1
    assert estimate_cardinality({register_mark(b"\xff" * 8)}) == 1


@given(st.lists(DIGESTS, max_size=200), st.lists(DIGESTS, max_size=200))
def test_estimate_ignores_repeated_marks(one: list[bytes], other: list[bytes]) -> None:
    """Order and repetition change nothing, and more people are never fewer."""
    marks = [register_mark(digest) for digest in one]
    more = marks + [register_mark(digest) for digest in other]

    assert estimate_cardinality(marks + marks[::-1]) == estimate_cardinality(set(marks))
    assert estimate_cardinality(more) >= estimate_cardinality(marks)


def test_all_marks_of_a_day_fit_into_one_item() -> None:
    """DynamoDB takes 400 KB; a number of five digits in a set takes four bytes."""
    random = Random(7)
    marks = {register_mark(random.randbytes(8)) for _ in range(200_000)}

    assert len(marks) < 12 * REGISTERS
    assert max(marks) < 1 << 16
    assert abs(estimate_cardinality(marks) / 200_000 - 1) < 4 * STANDARD_ERROR
