"""Books over the real database, the emulated cloud and the functions."""

from collections.abc import Callable, Iterator

import pytest

from crm import dependencies
from crm.domain import export_container
from crm.vault import passphrase
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def crm_factory(
    database: Database, cloud: dict[str, str], functions: Callable[..., FunctionClient]
) -> CrmFactory:
    """Makes providers with books."""
    return CrmFactory(database, cloud, functions)


@pytest.fixture
def provider(crm_factory: CrmFactory) -> CrmUser:
    """A provider, signed in to her book."""
    return crm_factory.create_user()


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
