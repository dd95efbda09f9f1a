"""People for the tests of the directory."""

from collections.abc import Callable

import pytest

from kit.db import Database
from tests.factories.escorts import Cast, Person
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def cast(
    database: Database, cloud: dict[str, str], functions: Callable[..., FunctionClient]
) -> Cast:
    return Cast(database, cloud, functions)


@pytest.fixture
def staff(cast: Cast) -> Person:
    return cast.staff()


@pytest.fixture
def visitor(cast: Cast) -> FunctionClient:
    return cast.visitor()
