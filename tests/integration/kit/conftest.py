"""Database with an outbox, and its event buses."""

from collections.abc import Iterator

import pytest

from kit import aws
from kit.db import Database
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from tests.factories.outbox import RecordingEventBus, set_bus_timeout
from tests.fixtures.database import SUPERUSER, settings_for
from tests.fixtures.proxy import Proxy


@pytest.fixture
def bus() -> RecordingEventBus:
    return RecordingEventBus()


@pytest.fixture
def publishing(server: Postgres, database_name: str, bus: RecordingEventBus) -> Database:
    return Database(lambda: settings_for(server, database_name, SUPERUSER), bus)


@pytest.fixture
def queue(emulator: Emulator, cloud: dict[str, str]) -> str:
    """Queue that receives the bus's events."""
    sqs, events = emulator.client("sqs"), emulator.client("events")
    name = cloud["EVENT_BUS_NAME"]
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name=name, EventBusName=name, EventPattern='{"source": ["hellomahi.tests"]}')
    events.put_targets(
        Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}]
    )
    return url


@pytest.fixture
def proxied_bus(
    emulator: Emulator, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Proxy]:
    """Proxy through which `EventBusClient` reaches the emulator's bus; each call is one request."""
    with Proxy(("127.0.0.1", emulator.port)) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", f"http://127.0.0.1:{proxy.port}")
        set_bus_timeout(2, monkeypatch)
        yield proxy
    aws.reset_clients()
