"""Fixtures of CRM tests over the database, the emulated cloud and the functions."""

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
    """Return the factory of providers with workspaces."""
    return CrmFactory(database, cloud, functions)


@pytest.fixture
def provider(crm_factory: CrmFactory) -> CrmUser:
    """Return a provider logged in to the CRM."""
    return crm_factory.create_user()


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the key derivation of passphrases cheap.

    Unit tests check the real costs, browser tests pay them.
    """
    monkeypatch.setattr(
        passphrase, "ARGON2_PARAMS", passphrase.Argon2Params(memory_kib=64, passes=1, lanes=1)
    )
    monkeypatch.setattr(
        export_container, "ARGON2_PARAMS", export_container.Argon2Params(memory_kib=64, passes=1)
    )


@pytest.fixture(autouse=True)
def fresh_keyring() -> Iterator[None]:
    """Clear the keyring between tests, so that no cached key is shared."""
    dependencies._keyring.cache_clear()
    yield
    dependencies._keyring.cache_clear()
