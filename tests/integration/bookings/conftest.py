"""A salon for every test of bookings."""

from collections.abc import Callable

import pytest

from kit.db import Database
from tests.factories.bookings import Salon


@pytest.fixture
def salon(database: Database, database_as: Callable[[str], Database]) -> Salon:
    """Providers and clients over this test's database, use cases as `bookings_web`."""
    return Salon(database, database_as("bookings_web"))
