"""Example events, failing event buses, and queries of the outbox."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest

from kit import aws
from kit.aws import Timeouts
from kit.consumer import batch_handler
from kit.db import Database
from kit.events import Event
from kit.outbox import EventBusClient
from local.services.emulator import Emulator


class ExampleEvent(Event):
    """Event for tests."""

    source: ClassVar[str] = "hellomahi.tests"

    number: int = 0
    text: str = ""


class RecordingEventBus(EventBusClient):
    """Event bus in memory that refuses the ids in `refuses`."""

    def __init__(self) -> None:
        self.sent: list[UUID] = []
        self.refuses: set[UUID] = set()
        self.unavailable = False

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Accept the rows that are not refused."""
        if self.unavailable:
            return []
        taken = [row["id"] for row in rows if row["id"] not in self.refuses]
        self.sent += taken
        return taken


class FailingEventBus(EventBusClient):
    """Event bus in memory; a call with one of the events `poison` raises `error`."""

    def __init__(self, error: BaseException, poison: set[UUID]) -> None:
        self.error = error
        self.poison = poison
        self.sent: list[UUID] = []
        self.calls = 0

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Accept all of the rows or none."""
        self.calls += 1
        taken = [row["id"] for row in rows]
        if self.poison.intersection(taken):
            raise self.error
        self.sent += taken
        return taken


class SizeLimitedEvents:
    """EventBridge client with the limit of 256 KB per request."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Accept all of the entries or none."""
        from botocore.exceptions import ClientError

        self.calls.append(len(Entries))
        if sum(len(entry["Detail"]) for entry in Entries) > 256 * 1024:
            raise ClientError(
                {"Error": {"Code": "ValidationException", "Message": "Too large."}}, "PutEvents"
            )
        return {"Entries": [{"EventId": "x"} for _ in Entries]}


def list_messages(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as work:
        return work.execute("SELECT * FROM outbox.messages ORDER BY created_at, id").fetchall()


def age_messages(database: Database, by: timedelta = timedelta(minutes=1)) -> None:
    """Move the times of the outbox's rows into the past."""
    with database.transaction() as work:
        work.execute(
            "UPDATE outbox.messages SET created_at = created_at - %(by)s, sent_at = sent_at - %(by)s,"
            " next_attempt_at = next_attempt_at - %(by)s",
            {"by": by},
        )


def add_events(database: Database, *events: Event) -> None:
    with database.transaction() as work:
        for event in events:
            work.outbox.add(event)


def make_events(count: int) -> list[Event]:
    """Return events in the order in which the relay publishes those of one transaction."""
    made = [ExampleEvent(number=number) for number in range(count)]
    return sorted(made, key=lambda event: event.id)


def add_unsent_events(database: Database, *events: Event) -> None:
    """Add events that their own request did not publish and that are due for the relay."""
    add_events(database, *events)
    age_messages(database)


def message_states(database: Database) -> dict[UUID, tuple[int, bool, bool]]:
    """Return for each row the attempts, whether it is sent, and whether it is rescheduled."""
    with database.transaction() as work:
        found = work.execute("SELECT *, next_attempt_at > now() AS later FROM outbox.messages")
        return {
            row["id"]: (row["attempts"], row["sent_at"] is not None, row["later"]) for row in found
        }


def set_bus_timeout(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call to the bus time out after `seconds`."""
    timeouts = Timeouts(connect=5, read=seconds, attempts=1)
    monkeypatch.setitem(aws.TIMEOUTS, "events", timeouts)
    aws.reset_clients()


def receive_all(emulator: Emulator, queue: str) -> list[dict[str, Any]]:
    """Return every message of the queue as a record of a Lambda event."""
    sqs = emulator.client("sqs")
    records: list[dict[str, Any]] = []
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        if not answer.get("Messages"):
            return records
        records += [
            {"messageId": one["MessageId"], "body": one["Body"]} for one in answer["Messages"]
        ]


def event_ids(records: list[dict[str, Any]]) -> list[UUID]:
    return [UUID(json.loads(record["body"])["detail"]["id"]) for record in records]


def consume_records(database: Database, records: list[dict[str, Any]]) -> list[UUID]:
    """Handle the records as a consumer does; return the ids of the events that had an effect."""
    effects: list[UUID] = []
    handler = batch_handler(
        lambda: database, "tests", lambda _work, envelope: effects.append(UUID(envelope["id"]))
    )
    assert handler({"Records": records}, None) == {"batchItemFailures": []}
    return effects
