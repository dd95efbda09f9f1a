"""Fixtures of vault tests: a key table and a KMS key in the emulator."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from crm.vault import Keyring
from local.services.emulator import Emulator
from tests.fixtures.emulator import TABLE_DEFINITIONS


class Clock:
    """Clock that tests advance."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def key_arn(emulator: Emulator) -> str:
    arn: str = emulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def key_table(cloud: dict[str, str], emulator: Emulator) -> str:
    name = f"CrmKeys-{uuid4().hex[:12]}"
    create_key_table(emulator.client("dynamodb"), name)
    return name


@pytest.fixture
def keyring(key_table: str, key_arn: str, clock: Clock) -> Keyring:
    return Keyring(key_table, key_arn, clock)


def create_key_table(dynamodb: Any, name: str) -> None:
    dynamodb.create_table(TableName=name, **TABLE_DEFINITIONS["CRM_KEYS_TABLE"])
