"""Integration tests of event consumers: one effect per event, failed records alone are repeated."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from kit.consumer import Envelope, batch_handler
from kit.db import Database, UnitOfWork
from kit.errors import Conflict
from kit.ids import new_id

ADD = "INSERT INTO public.effects (event_id) VALUES (%s)"


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    with database.transaction() as work:
        work.execute("CREATE TABLE public.effects (event_id uuid)")


def envelope(event_id: UUID | None = None, **data: Any) -> Envelope:
    return {
        "id": str(event_id or new_id()),
        "type": "ExampleEvent",
        "version": 1,
        "occurredAt": "2026-11-21T12:00:00+00:00",
        "data": data,
    }


def record(detail: Any, body: str | None = None) -> dict[str, str]:
    text = json.dumps({"source": "hellomahi.tests", "detail": detail}) if body is None else body
    return {"messageId": str(uuid4()), "body": text}


def effect(work: UnitOfWork, one: Envelope) -> None:
    work.execute(ADD, (one["id"],))
    if one["data"].get("fails"):
        raise Conflict("no", "Not this one: secret.")


def effects(database: Database) -> list[str]:
    with database.transaction() as work:
        return [
            str(row["event_id"]) for row in work.execute("SELECT * FROM public.effects").fetchall()
        ]


def handle(database: Database, *records: dict[str, str], consumer: str = "tests") -> list[str]:
    """Handle a batch; return the ids of the failed messages."""
    answer = batch_handler(lambda: database, consumer, effect)({"Records": list(records)}, None)
    assert answer.keys() == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_repeated_event_has_one_effect(database: Database) -> None:
    event = envelope()

    assert handle(database, record(event)) == []
    assert handle(database, record(event)) == []
    assert handle(database, record(event), record(event)) == []
    assert effects(database) == [event["id"]]


def test_consumers_record_events_separately(database: Database) -> None:
    event = envelope()

    for consumer in ("one", "two"):
        assert handle(database, record(event), consumer=consumer) == []
    assert effects(database) == [event["id"]] * 2


def test_failed_record_is_reported_alone(database: Database) -> None:
    good, bad, last = envelope(), envelope(fails=True), envelope()
    records = [record(good), record(bad), record(last)]

    assert handle(database, *records) == [records[1]["messageId"]]
    assert effects(database) == [good["id"], last["id"]]


def test_failed_record_can_succeed_later(database: Database) -> None:
    event = envelope(fails=True)
    assert len(handle(database, record(event))) == 1

    assert handle(database, record(event | {"data": {}})) == []
    assert effects(database) == [event["id"]]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        '{"detail": null}',
        '{"detail": {}}',
        '{"detail": {"id": 7}}',
        '{"detail": {"id": "not-a-uuid"}}',
    ],
)
def test_malformed_record_does_not_fail_batch(database: Database, body: str) -> None:
    good = envelope()
    malformed = record(None, body)

    assert handle(database, malformed, record(good)) == [malformed["messageId"]]
    assert effects(database) == [good["id"]]


def test_failed_record_log_has_no_content(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    handle(database, record(envelope(fails=True, email="anna@example.com")))

    logged = " ".join(str(vars(one)) for one in caplog.records)
    assert "Conflict" in logged
    assert "secret" not in logged
    assert "anna" not in logged


def test_lost_connection_repeats_the_record(database: Database) -> None:
    runs: list[int] = []

    def dies_once(work: UnitOfWork, one: Envelope) -> None:
        work.execute(ADD, (one["id"],))
        row = work.execute("SELECT pg_backend_pid() AS pid").fetchone() or {}
        runs.append(row["pid"])
        if len(runs) == 1:
            with pytest.raises(Exception, match="out of reach"):
                work.execute("SELECT pg_terminate_backend(%s)", (row["pid"],))
        work.execute("SELECT 1")

    event = envelope()
    answer = batch_handler(lambda: database, "tests", dies_once)({"Records": [record(event)]}, None)

    assert answer == {"batchItemFailures": []}
    assert len(runs) == 2
    assert effects(database) == [event["id"]]


def test_concurrent_deliveries_have_one_effect(database_as: Any, database: Database) -> None:
    event = envelope()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: handle(database_as("postgres"), record(event)), range(4)))

    assert results == [[]] * 4
    assert effects(database) == [event["id"]]


def test_swallowed_violation_fails_the_record(database: Database) -> None:
    def swallow_violation(work: UnitOfWork, one: Envelope) -> None:
        work.execute(ADD, (one["id"],))
        with pytest.raises(psycopg.errors.UndefinedTable):
            work.execute("SELECT * FROM public.no_such_table")

    answer = batch_handler(lambda: database, "tests", swallow_violation)(
        {"Records": [record(envelope())]}, None
    )

    assert len(answer["batchItemFailures"]) == 1
    assert effects(database) == []
