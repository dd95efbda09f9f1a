"""Time and the integration tests: neither a busy machine nor the hour is a failure of the product."""

import re
import time

import pytest

from kit import connections

_HOUR = 3600.0
_LAST_SECONDS = 20.0


@pytest.fixture(autouse=True)
def same_hour() -> None:
    """Begin no test in the last 20 seconds of an hour.

    A test that reads the clock twice then reads the same hour, day, month and year, in every time zone of whole hours.
    """
    left = _HOUR - time.time() % _HOUR
    if left < _LAST_SECONDS:
        time.sleep(left)


@pytest.fixture(autouse=True)
def connection_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each connection two minutes per statement, lock and pause, instead of 8, 4 and 15 seconds.

    A test of the product's own limits overrides this fixture in its module.
    """
    patient = re.sub(r"timeout=\d+", "timeout=120000", connections._OPTIONS)
    monkeypatch.setattr(connections, "_OPTIONS", patient)
