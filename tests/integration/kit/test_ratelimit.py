"""Integration tests of rate limits: exact counts, also with concurrent attempts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from kit import aws
from kit.errors import RateLimited, Unavailable
from kit.ratelimit import RateLimiter
from local.services.emulator import Emulator

MINUTE = timedelta(minutes=1)


class Clock:
    """Clock that the test advances."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(cloud: dict[str, str], clock: Clock) -> RateLimiter:
    return RateLimiter(cloud["RATE_LIMITS_TABLE"], clock)


def passes(limiter: RateLimiter, key: str, limit: int = 3, window: timedelta = MINUTE) -> bool:
    try:
        limiter.hit(key, limit=limit, window=window)
    except RateLimited:
        return False
    return True


def test_hit_over_limit_is_refused(limiter: RateLimiter) -> None:
    assert [passes(limiter, "a") for _ in range(6)] == [True] * 3 + [False] * 3


def test_hit_counts_per_key(limiter: RateLimiter) -> None:
    for key in ("a", "b", "a|60", "ä", "", "x" * 10_000, "half \ud800"):
        assert [passes(limiter, key, limit=1) for _ in range(2)] == [True, False]


def test_hit_counts_per_window_length(limiter: RateLimiter) -> None:
    assert passes(limiter, "a", limit=1)
    assert passes(limiter, "a", limit=1, window=timedelta(hours=1))
    assert not passes(limiter, "a", limit=1)


def test_hit_in_next_window_is_accepted(limiter: RateLimiter, clock: Clock) -> None:
    assert [passes(limiter, "a", limit=1) for _ in range(2)] == [True, False]

    clock.moment += timedelta(seconds=59)
    assert not passes(limiter, "a", limit=1)
    clock.moment += timedelta(seconds=1)
    assert passes(limiter, "a", limit=1)


@pytest.mark.parametrize("late", [0, 1, 30, 59])
def test_hit_refusal_has_retry_after(limiter: RateLimiter, clock: Clock, late: int) -> None:
    clock.moment += timedelta(seconds=late)
    limiter.hit("a", limit=1, window=MINUTE)
    with pytest.raises(RateLimited) as refused:
        limiter.hit("a", limit=1, window=MINUTE)

    assert refused.value.retry_after == 60 - late
    clock.moment += timedelta(seconds=60 - late)
    assert passes(limiter, "a", limit=1)


def test_refund_takes_back_one_hit(limiter: RateLimiter, clock: Clock) -> None:
    assert [passes(limiter, "a", limit=2) for _ in range(2)] == [True, True]
    limiter.refund("a", window=MINUTE)
    assert [passes(limiter, "a", limit=2) for _ in range(2)] == [True, False]
    # A refund in another window, or without a hit, has no effect.
    clock.moment += MINUTE
    limiter.refund("a", window=MINUTE)
    limiter.refund("b", window=MINUTE)
    for key in ("a", "b"):
        assert [passes(limiter, key, limit=1) for _ in range(2)] == [True, False]


def test_concurrent_hits_are_counted_exactly(limiter: RateLimiter) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: passes(limiter, "a", limit=10), range(40)))

    assert results.count(True) == 10


def test_rate_limit_items_are_hashed_and_expire(
    limiter: RateLimiter, emulator: Emulator, cloud: dict[str, str], clock: Clock
) -> None:
    limiter.hit("anna@example.com", limit=1, window=MINUTE)

    items = emulator.client("dynamodb").scan(TableName=cloud["RATE_LIMITS_TABLE"])["Items"]

    assert len(items) == 1
    assert "anna" not in str(items)
    ends = clock.moment.timestamp() + 60
    assert ends <= int(items[0]["ttl"]["N"]) <= ends + 60


def test_hit_table_unreachable_is_unavailable(
    limiter: RateLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    aws.reset_clients()

    with pytest.raises(Unavailable) as away:
        limiter.hit("a", limit=1, window=MINUTE)
    assert away.value.retry_after == 5


def test_hit_table_missing_is_unavailable(cloud: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        RateLimiter("no-such-table").hit("a", limit=1, window=MINUTE)
