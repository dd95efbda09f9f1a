"""A salon for every test of bookings."""

from collections.abc import Callable

import pytest

from kit.db import Database
from tests.factories.booking_api import Desk
from tests.factories.bookings import NOON, Salon
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def salon(database: Database, database_as: Callable[[str], Database]) -> Salon:
    """Providers and clients over this test's database, use cases as `bookings_web`."""
    return Salon(database, database_as("bookings_web"))


@pytest.fixture
def desk(
    salon: Salon,
    cloud: dict[str, str],
    functions: Callable[..., FunctionClient],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    """The same through the API, on a Monday at noon."""
    desk = Desk(salon, cloud, functions, monkeypatch)
    desk.at(NOON)
    return desk
