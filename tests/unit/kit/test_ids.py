"""UUIDv7 as RFC 9562, section 5.7, lays it out."""

import time
from uuid import RFC_4122

import pytest

from kit.ids import new_id


def test_new_id_has_version_7_and_rfc_variant() -> None:
    made = [new_id() for _ in range(1000)]

    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {RFC_4122}


def test_new_id_starts_with_48_bits_of_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    stamp = new_id().int >> 80
    after = time.time_ns() // 1_000_000

    assert before <= stamp <= after


def test_new_id_of_later_millisecond_sorts_later(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_800_000_000_000, 1_800_000_001_000))
    monkeypatch.setattr("kit.ids.time.time_ns", lambda: next(moments) * 1_000_000)

    made = [new_id() for _ in range(1000)]

    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_new_id_within_one_millisecond_sorts_by_microsecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two events of one transaction are created within a millisecond, and are read in the order of their ids."""
    moments = iter(range(1_800_000_000_000_000, 1_800_000_000_001_000))
    monkeypatch.setattr("kit.ids.time.time_ns", lambda: next(moments) * 1000)

    made = [new_id() for _ in range(1000)]

    assert made == sorted(made)
    assert len({one.int >> 80 for one in made}) == 1


def test_new_id_within_one_millisecond_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.ids.time.time_ns", lambda: 1_800_000_000_000_000_000)

    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_new_id_other_bits_are_random() -> None:
    made = [new_id().int for _ in range(2000)]
    fixed = 0xF << 76 | 0x3 << 62 | (2**48 - 1) << 80 | 0xFFF << 64

    ever_set = 0
    always_set = 2**128 - 1
    for one in made:
        ever_set |= one
        always_set &= one

    assert ever_set | fixed == 2**128 - 1
    assert always_set & ~fixed == 0
