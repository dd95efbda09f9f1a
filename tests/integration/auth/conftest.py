"""Fixtures: accounts and mailboxes."""

from collections.abc import Callable, Iterator
from io import StringIO
from logging import StreamHandler

import pytest

from auth.dependencies import password_hasher
from auth.domain.hashing import PasswordHasher
from kit.db import Database
from kit.observability import logger
from local.services.emulator import Emulator
from tests.factories.auth import AuthWorld, Mailbox
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def cheap_hashes() -> Iterator[None]:
    """Hash passwords in a millisecond instead of a quarter of a second."""
    from auth.handler import app

    app.dependency_overrides[password_hasher] = lambda: PasswordHasher(64, 1)
    yield
    app.dependency_overrides.clear()


@pytest.fixture
def mailbox(
    database: Database, functions: Callable[..., FunctionClient], emulator: Emulator
) -> Mailbox:
    return Mailbox(database, functions("AuthMailer"), emulator)


@pytest.fixture
def accounts(
    functions: Callable[..., FunctionClient], mailbox: Mailbox, cheap_hashes: None
) -> AuthWorld:
    return AuthWorld(functions, mailbox)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Log output of the functions during the test."""
    stream = StringIO()
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    usual = handler.setStream(stream)
    yield stream
    handler.setStream(usual)
