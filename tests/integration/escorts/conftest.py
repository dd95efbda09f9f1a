"""Fixtures for tests of the directory."""

from collections.abc import Callable

import pytest

from kit import db
from kit.db import Database
from tests.factories.escorts import DirectoryWorld, Person
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def directory(
    database: Database, cloud: dict[str, str], functions: Callable[..., FunctionClient]
) -> DirectoryWorld:
    return DirectoryWorld(database, cloud, functions)


@pytest.fixture
def staff(directory: DirectoryWorld) -> Person:
    return directory.staff()


@pytest.fixture
def visitor(directory: DirectoryWorld) -> FunctionClient:
    return directory.visitor()


@pytest.fixture
def shift(
    database: Database, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[float], None]:
    """Return a function that moves the clock of functions and database, as the local cloud does."""

    def days(count: float) -> None:
        with database.transaction() as work:
            work.execute(
                f"ALTER DATABASE \"{database_name}\" SET app.clock_offset = '{count} days'"
            )
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(count * 86_400))
        database.discard_connection()
        db.close_connections()

    return days
