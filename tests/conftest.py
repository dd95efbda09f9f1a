"""Plugins and hooks of every test; the fixtures are in tests/fixtures, one module per service."""

import gc
import os
from pathlib import Path

import pytest

from tests.fixtures.hypothesis_profile import load_profile

_UNIT = Path(__file__).with_name("unit")

# Set before our modules are imported: the variables that the template gives every function.
os.environ.update(
    {
        "STAGE": "test",
        "PUBLIC_ORIGIN": "https://hellomahi.test",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "HelloMahi",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)

load_profile()

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.emulator",
    "tests.fixtures.functions",
    "tests.fixtures.pseudo_language",
    "tests.fixtures.sockets",
    "tests.fixtures.times",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse sockets to tests/unit, and order the longest files first, so that no process waits for the last one."""
    for item in items:
        if item.path.is_relative_to(_UNIT):
            item.add_marker(pytest.mark.usefixtures("no_sockets"))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Exclude objects that live until the end (modules, applications, tests) from garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
