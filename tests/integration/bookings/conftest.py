"""Fixtures of booking tests."""

from collections.abc import Callable

import pytest

from kit.db import Database
from tests.factories.booking_api import ApiWorld
from tests.factories.bookings import NOON, BookingWorld
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def bookings(database: Database, database_as: Callable[[str], Database]) -> BookingWorld:
    """Providers and clients in this test's database, with use cases as `bookings_web`."""
    return BookingWorld(database, database_as("bookings_web"))


@pytest.fixture
def api(
    bookings: BookingWorld,
    cloud: dict[str, str],
    functions: Callable[..., FunctionClient],
    monkeypatch: pytest.MonkeyPatch,
) -> ApiWorld:
    """The same through the API, on a Monday at noon."""
    api = ApiWorld(bookings, cloud, functions, monkeypatch)
    api.at(NOON)
    return api
