"""Books over the real database, the emulated cloud and the functions."""

from collections.abc import Callable

import pytest

from kit.db import Database
from tests.factories.crm import Books, Keeper
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def books(
    database: Database, cloud: dict[str, str], functions: Callable[..., FunctionClient]
) -> Books:
    """Makes providers with books."""
    return Books(database, cloud, functions)


@pytest.fixture
def mira(books: Books) -> Keeper:
    """A provider, signed in to her book."""
    return books.keeper()
