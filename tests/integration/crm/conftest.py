"""Books over the real database, the emulated cloud and the functions."""

from collections.abc import Callable, Iterator

import pytest

from crm import dependencies
from crm.domain import export_container
from crm.vault import passphrase
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


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch the passphrases of books and archives in next to no time.

    Unit tests hold the real costs, journeys in a browser pay them.
    """
    monkeypatch.setattr(
        passphrase, "ARGON2_PARAMS", passphrase.Argon2Params(memory_kib=64, passes=1, lanes=1)
    )
    monkeypatch.setattr(
        export_container, "ARGON2_PARAMS", export_container.Argon2Params(memory_kib=64, passes=1)
    )


@pytest.fixture(autouse=True)
def fresh_keyring() -> Iterator[None]:
    """No test opens a book with what another one remembered."""
    dependencies._keyring.cache_clear()
    yield
    dependencies._keyring.cache_clear()
