"""A town of people with accounts."""

from collections.abc import Callable, Iterator
from io import StringIO
from logging import StreamHandler

import pytest

from auth.dependencies import password_hasher
from auth.domain.hashing import PasswordHasher
from kit.db import Database
from kit.observability import logger
from local.services.emulator import Emulator
from tests.factories.auth import Mailbox, Town
from tests.fixtures.functions import FunctionClient


@pytest.fixture
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed in a millisecond instead of a quarter of a second."""
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
def town(functions: Callable[..., FunctionClient], mailbox: Mailbox, cheap_hashes: None) -> Town:
    return Town(functions, mailbox)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the functions log during the test."""
    stream = StringIO()
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    usual = handler.setStream(stream)
    yield stream
    handler.setStream(usual)
