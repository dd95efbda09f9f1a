"""A bus that fails, or one event that fails: nothing else is held back, and nothing is lost."""

from datetime import timedelta
from uuid import UUID

import pytest

from kit import aws
from kit.db import Database
from kit.outbox import EventBusClient, relay
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from tests.factories.outbox import (
    FailingPublisher,
    PickyEvents,
    RecordingPublisher,
    SomethingHappened,
    add,
    age,
    consume,
    expect_answers_within,
    ids_in,
    make_events,
    receive_all,
    rows,
    states,
    wait_in_outbox,
)
from tests.fixtures.database import OWNER, settings_for
from tests.fixtures.proxy import Proxy


@pytest.mark.slow
def test_relay_answer_lost_after_delivery_sends_again_and_consumer_counts_once(
    emulator: Emulator,
    queue: str,
    proxied_bus: Proxy,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = SomethingHappened(number=1), SomethingHappened(number=2)
    wait_in_outbox(database, first, second)
    expect_answers_within(0.3, monkeypatch)
    proxied_bus.withhold_answers_to(b"PutEvents")

    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 0, "refused": 2}
    assert all(later for _, _, later in states(database).values())

    expect_answers_within(5, monkeypatch)
    proxied_bus.withhold_answers_to(None)
    age(database)
    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 2, "refused": 0}

    # Together, each alone, and together once more.
    records = receive_all(emulator, queue)
    assert sorted(ids_in(records)) == sorted([first.id, second.id] * 3)
    assert sorted(consume(database, records)) == sorted([first.id, second.id])


@pytest.mark.slow
def test_relay_one_event_never_answered_sends_its_neighbours(
    emulator: Emulator, queue: str, proxied_bus: Proxy, database: Database
) -> None:
    events = make_events(12)
    poison = events[3].id
    wait_in_outbox(database, *events)
    proxied_bus.withhold_answers_to(str(poison).encode())

    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 11, "refused": 1}

    (row,) = [row for row in rows(database) if row["sent_at"] is None]
    assert (row["id"], states(database)[poison][2]) == (poison, True)
    records = receive_all(emulator, queue)
    assert set(ids_in(records)) == {event.id for event in events}
    assert sorted(consume(database, records)) == sorted(event.id for event in events)


@pytest.mark.slow
def test_relay_bus_never_answers_stops_after_three_calls_and_postpones(
    proxied_bus: Proxy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = make_events(25)
    wait_in_outbox(database, *events)
    expect_answers_within(0.3, monkeypatch)
    proxied_bus.withhold_answers_to(b"PutEvents")

    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 0, "refused": 10}

    assert proxied_bus.withheld == 3
    found = states(database)
    assert all(found[event.id][1:] == (False, True) for event in events[:10])
    assert all(found[event.id] == (0, False, False) for event in events[10:])


@pytest.mark.slow
def test_relay_bus_answers_again_sends_everything(
    proxied_bus: Proxy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_in_outbox(database, *make_events(25))
    expect_answers_within(0.3, monkeypatch)
    proxied_bus.withhold_answers_to(b"PutEvents")
    relay(database, EventBusClient(pause_seconds=0))
    relay(database, EventBusClient(pause_seconds=0))

    expect_answers_within(5, monkeypatch)
    proxied_bus.withhold_answers_to(None)
    age(database)

    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 25, "refused": 0}


def test_relay_one_event_too_large_sends_its_neighbours(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    picky = PickyEvents()
    monkeypatch.setattr(aws, "client", lambda _service: picky)
    monkeypatch.setenv("EVENT_BUS_NAME", "bus")
    giant = SomethingHappened(text="x" * 300_000)
    wait_in_outbox(database, giant, *make_events(14))

    assert relay(database, EventBusClient(pause_seconds=0)) == {"sent": 14, "refused": 1}
    assert states(database)[giant.id] == (1, False, True)


@pytest.mark.parametrize("error", [RuntimeError(), AttributeError(), MemoryError()])
def test_relay_publisher_raises_for_one_event_sends_its_neighbours(
    database: Database, error: Exception
) -> None:
    events = make_events(12)
    wait_in_outbox(database, *events)
    bus = FailingPublisher(error, {events[0].id})

    assert relay(database, bus) == {"sent": 11, "refused": 1}
    assert states(database)[events[0].id][1:] == (False, True)


def test_relay_killed_while_publishing_has_postponed_its_rows(database: Database) -> None:
    event = SomethingHappened()
    wait_in_outbox(database, event)

    with pytest.raises(SystemExit):
        relay(database, FailingPublisher(SystemExit(), {event.id}))

    database.discard_connection()
    assert states(database) == {event.id: (1, False, True)}


@pytest.mark.slow
def test_relay_more_poison_than_it_tries_sends_all_others_in_the_end(database: Database) -> None:
    events = make_events(46)
    poison, others = [*events[:12], *events[35:]], events[12:35]
    wait_in_outbox(database, *events)
    bus = FailingPublisher(TimeoutError(), {event.id for event in poison})

    for _ in range(30):
        relay(database, bus)
        age(database, timedelta(hours=2))

    assert sorted(bus.sent) == sorted(event.id for event in others)
    assert all(not states(database)[event.id][1] for event in poison)


def test_relay_refused_event_in_the_first_batch_goes_on_with_the_next(
    bus: RecordingPublisher, database: Database
) -> None:
    events = make_events(25)
    bus.refuses = {events[0].id}
    wait_in_outbox(database, *events)

    assert relay(database, bus) == {"sent": 24, "refused": 1}


def test_relay_time_is_up_begins_no_further_call(database: Database) -> None:
    events = make_events(60)
    wait_in_outbox(database, *events)
    bus = FailingPublisher(RuntimeError(), set())

    outcome = relay(database, bus, seconds=25, now=lambda: 10.0 * bus.calls)

    assert bus.calls == 3
    assert outcome == {"sent": 30, "refused": 0}


def test_relay_time_is_up_in_a_failing_batch_leaves_no_row_due(database: Database) -> None:
    events = make_events(5)
    wait_in_outbox(database, *events)
    bus = FailingPublisher(TimeoutError(), {events[4].id})

    outcome = relay(database, bus, seconds=25, now=lambda: 10.0 * bus.calls)

    assert (bus.calls, outcome) == (3, {"sent": 2, "refused": 3})
    found = states(database)
    assert [found[event.id] for event in events] == [
        (2, True, True),
        (2, True, True),
        (1, False, True),
        (1, False, True),
        (1, False, True),
    ]


@pytest.mark.slow
def test_commit_bus_never_answers_makes_one_call_and_stands(
    proxied_bus: Proxy,
    server: Postgres,
    database_name: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expect_answers_within(0.3, monkeypatch)
    proxied_bus.withhold_answers_to(b"PutEvents")
    publishing = Database(lambda: settings_for(server, database_name, OWNER), EventBusClient())

    add(publishing, *make_events(35))
    assert proxied_bus.withheld == 1

    # A sweep or a batch of messages commits many transactions: only the first of them waits.
    add(publishing, SomethingHappened())
    add(publishing, SomethingHappened())

    assert proxied_bus.withheld == 1
    assert [row["sent_at"] for row in rows(database)] == [None] * 37


@pytest.mark.slow
def test_publisher_pause_is_over_calls_again(
    cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 0.0
    entry = {"id": UUID(int=1), "source": "s", "type": "t", "envelope": {}}
    publisher = EventBusClient(pause_seconds=30, now=lambda: moment)
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:9")
        aws.reset_clients()
        assert publisher.publish([entry]) == []
    aws.reset_clients()

    moment = 29.0
    assert publisher.publish([entry]) == []
    moment = 30.0
    assert publisher.publish([entry]) == [entry["id"]]


def test_publisher_time_is_up_leaves_the_rest_to_the_relay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picky = PickyEvents()
    monkeypatch.setattr(aws, "client", lambda _service: picky)
    monkeypatch.setenv("EVENT_BUS_NAME", "bus")
    entries = [
        {"id": UUID(int=number), "source": "s", "type": "t", "envelope": {}}
        for number in range(300)
    ]

    taken = EventBusClient(now=lambda: 2.0 * len(picky.calls)).publish(entries)

    assert taken == [UUID(int=number) for number in range(20)]
