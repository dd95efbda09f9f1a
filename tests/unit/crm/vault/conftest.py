"""Fixtures of vault tests in memory."""

import pytest

from tests.unit.crm.vault.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)
