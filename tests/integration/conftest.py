"""Time limits of the tests: a statement that is slow on a busy machine is no failure of the product."""

import re

import pytest

from kit import connections


@pytest.fixture(autouse=True)
def connection_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each connection two minutes per statement, lock and pause, instead of 8, 4 and 15 seconds.

    A test of the product's own limits overrides this fixture in its module.
    """
    patient = re.sub(r"timeout=\d+", "timeout=120000", connections._OPTIONS)
    monkeypatch.setattr(connections, "_OPTIONS", patient)
