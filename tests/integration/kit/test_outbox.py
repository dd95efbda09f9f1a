"""Integration tests of the outbox: publication after the commit, at least once, and refused events."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kit import aws
from kit.db import Database
from kit.outbox import EventBusClient, relay
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from tests.factories.outbox import (
    ExampleEvent,
    RecordingEventBus,
    SizeLimitedEvents,
    add_events,
    age_messages,
    list_messages,
)
from tests.fixtures.database import SUPERUSER, settings_for

type AsRole = Callable[[str], Database]


def test_event_is_published_after_commit(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    event = ExampleEvent(number=1)
    with publishing.transaction() as work:
        work.outbox.add(event)
        assert bus.sent == []

    assert bus.sent == [event.id]
    (row,) = list_messages(database)
    assert row["sent_at"] is not None
    assert row["envelope"] == event.envelope()
    assert (row["source"], row["type"]) == ("hellomahi.tests", "ExampleEvent")


def test_event_of_rollback_is_not_published(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    def fail() -> None:
        with publishing.transaction() as work:
            work.outbox.add(ExampleEvent())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert bus.sent == []
    assert list_messages(database) == []


def test_events_are_published_in_order(publishing: Database, bus: RecordingEventBus) -> None:
    events = [ExampleEvent(number=number) for number in range(25)]
    add_events(publishing, *events)

    assert bus.sent == [event.id for event in events]


def test_commit_without_bus_leaves_event_to_relay(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    bus.unavailable = True
    add_events(publishing, ExampleEvent(), ExampleEvent())
    assert [row["sent_at"] for row in list_messages(database)] == [None, None]
    bus.unavailable = False

    assert relay(database.transaction, bus) == {
        "sent": 0,
        "refused": 0,
    }  # too young: its request may still publish it
    age_messages(database)
    assert relay(database.transaction, bus) == {"sent": 2, "refused": 0}
    assert relay(database.transaction, bus) == {"sent": 0, "refused": 0}
    assert len(bus.sent) == 2


def test_publish_error_keeps_commit(
    server: Postgres, database_name: str, database: Database
) -> None:
    class Broken(EventBusClient):
        def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
            raise KeyError("EVENT_BUS_NAME")

    add_events(
        Database(lambda: settings_for(server, database_name, SUPERUSER), Broken()), ExampleEvent()
    )

    assert len(list_messages(database)) == 1


def test_connection_lost_after_commit_keeps_commit(
    publishing: Database, database: Database, bus: RecordingEventBus
) -> None:
    """The event was published but not marked as sent: the relay sends it again, and consumers skip its id."""
    event = ExampleEvent()
    with publishing.transaction() as work:
        row = work.execute("SELECT pg_backend_pid() AS pid").fetchone() or {}
        work.after_commit(lambda: _kill(database, row["pid"]))
        work.outbox.add(event)

    assert [row["sent_at"] for row in list_messages(database)] == [None]
    age_messages(database)
    relay(database.transaction, bus)
    assert bus.sent == [event.id] * 2


def _kill(database: Database, pid: int) -> None:
    with database.transaction() as work:
        work.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


DIES = """
import os, signal, sys
from kit.db import Database, DatabaseSettings
from kit.outbox import EventBusClient
from tests.factories.outbox import ExampleEvent

class Dies(EventBusClient):
    def publish(self, rows):
        os.kill(os.getpid(), signal.SIGKILL)

host, port, name = sys.argv[1:]
database = Database(lambda: DatabaseSettings(host, int(port), name, "postgres", "disable"), Dies())
with database.transaction() as work:
    work.outbox.add(ExampleEvent(number=7))
"""


@pytest.mark.slow
def test_process_killed_before_publishing_loses_no_event(
    server: Postgres, database_name: str, database: Database, bus: RecordingEventBus
) -> None:
    child = subprocess.run(
        [sys.executable, "-c", DIES, server.host, str(server.port), database_name],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        timeout=60,
    )
    assert child.returncode == -signal.SIGKILL
    (row,) = list_messages(database)
    assert (row["sent_at"], row["envelope"]["data"]["number"]) == (None, 7)

    age_messages(database)
    relay(database.transaction, bus)

    assert bus.sent == [row["id"]]
    assert list_messages(database)[0]["sent_at"] is not None


def test_concurrent_relays_send_each_row_once(
    database_as: AsRole, publishing: Database, bus: RecordingEventBus
) -> None:
    bus.unavailable = True
    add_events(publishing, *(ExampleEvent(number=number) for number in range(60)))
    age_messages(publishing)
    bus.unavailable = False
    ready = threading.Barrier(3, timeout=60)

    def run(_: int) -> int:
        ready.wait()
        return relay(database_as("operations_relay").transaction, bus)["sent"]

    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(run, range(3)))

    assert sum(sent) == 60
    assert len(bus.sent) == len(set(bus.sent)) == 60


def test_refused_event_backs_off(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    event = ExampleEvent()
    bus.refuses = {event.id}
    add_events(publishing, event)
    for attempt in range(12):
        age_messages(database, timedelta(hours=2))
        wait = timedelta(seconds=min(15 * 2**attempt, 3600))
        before = database_time(database)
        assert relay(database.transaction, bus) == {"sent": 0, "refused": 1}
        after = database_time(database)
        with database.transaction() as work:
            row = work.execute("SELECT next_attempt_at FROM outbox.messages").fetchone()
        assert before + wait <= (row or {})["next_attempt_at"] <= after + wait


def database_time(database: Database) -> datetime:
    with database.transaction() as work:
        moment: datetime = (work.execute("SELECT now() AS now").fetchone() or {})["now"]
        return moment


def test_refused_event_does_not_delay_others(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    events = [ExampleEvent(number=number) for number in range(5)]
    bus.refuses = {events[0].id}
    bus.unavailable = True
    add_events(publishing, *events)
    bus.unavailable = False
    age_messages(database)

    assert relay(database.transaction, bus) == {"sent": 4, "refused": 1}


def test_old_sent_rows_are_deleted_unsent_ones_kept(
    publishing: Database, bus: RecordingEventBus, database: Database
) -> None:
    add_events(publishing, ExampleEvent())
    bus.unavailable = True
    add_events(publishing, ExampleEvent())
    with database.transaction() as work:
        work.execute(
            "INSERT INTO outbox.processed (consumer, event_id, processed_at) VALUES"
            " ('old', gen_random_uuid(), now() - interval '91 days'),"
            " ('new', gen_random_uuid(), now() - interval '30 days')"
        )
    age_messages(database, timedelta(days=8))

    relay(database.transaction, bus)

    assert [row["sent_at"] for row in list_messages(database)] == [None]
    with database.transaction() as work:
        left = work.execute("SELECT consumer FROM outbox.processed").fetchall()
    assert left == [{"consumer": "new"}]


def test_relay_runs_with_its_own_role(database_as: AsRole, bus: RecordingEventBus) -> None:
    assert relay(database_as("operations_relay").transaction, bus) == {"sent": 0, "refused": 0}


def test_bus_receives_the_envelope(
    emulator: Emulator, queue: str, server: Postgres, database_name: str
) -> None:
    event = ExampleEvent(number=3, text="Zoë")
    add_events(
        Database(lambda: settings_for(server, database_name, SUPERUSER), EventBusClient()), event
    )

    messages = emulator.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    body = json.loads(messages[0]["Body"])
    assert body["detail"] == event.envelope()
    assert (body["source"], body["detail-type"]) == ("hellomahi.tests", "ExampleEvent")


def test_large_events_are_sent_separately(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picky = SizeLimitedEvents()
    monkeypatch.setattr(aws, "client", lambda _service: picky)
    monkeypatch.setenv("EVENT_BUS_NAME", "bus")
    sizes = {"a": 40_000, "b": 300_000, "c": 40_000}
    ids = {name: UUID(int=number) for number, name in enumerate(sizes)}
    entries = [
        {"id": ids[name], "source": "s", "type": "t", "envelope": {"x": "x" * size}}
        for name, size in sizes.items()
    ]

    assert EventBusClient().publish(entries) == [ids["a"], ids["c"]]
    assert picky.calls == [3, 1, 1, 1]
