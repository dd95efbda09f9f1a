"""Time limits of the integration tests: neither a busy machine nor the end of an hour fails a test."""

import re
import time

import pytest

from kit import connections

# Seconds of a period, and those at its end in which no test begins. Rate limits count in periods of 10 and 15 minutes.
_PERIODS = ((3600, 20.0), (900, 10.0), (600, 10.0))


@pytest.fixture(autouse=True)
def within_one_period() -> None:
    """Begin no test in the last seconds of an hour, or of a period that a rate limit counts in.

    A test that reads the clock twice then reads the same hour, day, month and year, in every time zone of whole hours,
    and a test that tries too often does so within one period.
    """
    now = time.time()
    ends = ((period - now % period, last) for period, last in _PERIODS)
    time.sleep(max((left for left, last in ends if left < last), default=0.0))


@pytest.fixture(autouse=True)
def connection_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each connection two minutes per statement, lock and pause, instead of 8, 4 and 15 seconds.

    A test of the product's own limits overrides this fixture in its module.
    """
    patient = re.sub(r"timeout=\d+", "timeout=120000", connections._OPTIONS)
    monkeypatch.setattr(connections, "_OPTIONS", patient)
