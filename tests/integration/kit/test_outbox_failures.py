"""Integration tests of failing buses and events: no other event is delayed, and none is lost."""

from datetime import timedelta
from uuid import UUID

import pytest

from kit import aws
from kit.db import Database
from kit.outbox import EventBusClient, relay
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from tests.factories.outbox import (
    ExampleEvent,
    FailingEventBus,
    RecordingEventBus,
    SizeLimitedEvents,
    add_events,
    add_unsent_events,
    age_messages,
    consume_records,
    event_ids,
    list_messages,
    make_events,
    message_states,
    receive_all,
    set_bus_timeout,
)
from tests.fixtures.database import SUPERUSER, settings_for
from tests.fixtures.proxy import Proxy


@pytest.mark.slow
def test_relay_answer_lost_after_delivery_sends_again_and_consumer_counts_once(
    emulator: Emulator,
    queue: str,
    proxied_bus: Proxy,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = ExampleEvent(number=1), ExampleEvent(number=2)
    add_unsent_events(database, first, second)
    set_bus_timeout(0.3, monkeypatch)
    proxied_bus.delay_responses_to(b"PutEvents")

    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {"sent": 0, "refused": 2}
    assert all(later for _, _, later in message_states(database).values())

    set_bus_timeout(5, monkeypatch)
    proxied_bus.delay_responses_to(None)
    age_messages(database)
    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {"sent": 2, "refused": 0}

    # Together, each alone, and together once more.
    records = receive_all(emulator, queue)
    assert sorted(event_ids(records)) == sorted([first.id, second.id] * 3)
    assert sorted(consume_records(database, records)) == sorted([first.id, second.id])


@pytest.mark.slow
def test_relay_one_event_never_answered_sends_its_neighbours(
    emulator: Emulator, queue: str, proxied_bus: Proxy, database: Database
) -> None:
    events = make_events(12)
    poison = events[3].id
    add_unsent_events(database, *events)
    proxied_bus.delay_responses_to(str(poison).encode())

    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {
        "sent": 11,
        "refused": 1,
    }

    (row,) = [row for row in list_messages(database) if row["sent_at"] is None]
    assert (row["id"], message_states(database)[poison][2]) == (poison, True)
    records = receive_all(emulator, queue)
    assert set(event_ids(records)) == {event.id for event in events}
    assert sorted(consume_records(database, records)) == sorted(event.id for event in events)


@pytest.mark.slow
def test_relay_bus_never_answers_stops_after_three_calls_and_postpones(
    proxied_bus: Proxy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = make_events(25)
    add_unsent_events(database, *events)
    set_bus_timeout(0.3, monkeypatch)
    proxied_bus.delay_responses_to(b"PutEvents")

    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {
        "sent": 0,
        "refused": 10,
    }

    assert proxied_bus.withheld == 3
    found = message_states(database)
    assert all(found[event.id][1:] == (False, True) for event in events[:10])
    assert all(found[event.id] == (0, False, False) for event in events[10:])


@pytest.mark.slow
def test_relay_bus_answers_again_sends_everything(
    proxied_bus: Proxy, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_unsent_events(database, *make_events(25))
    set_bus_timeout(0.3, monkeypatch)
    proxied_bus.delay_responses_to(b"PutEvents")
    relay(database.transaction, EventBusClient(pause_seconds=0))
    relay(database.transaction, EventBusClient(pause_seconds=0))

    set_bus_timeout(5, monkeypatch)
    proxied_bus.delay_responses_to(None)
    age_messages(database)

    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {
        "sent": 25,
        "refused": 0,
    }


def test_relay_one_event_too_large_sends_its_neighbours(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    picky = SizeLimitedEvents()
    monkeypatch.setattr(aws, "client", lambda _service: picky)
    monkeypatch.setenv("EVENT_BUS_NAME", "bus")
    giant = ExampleEvent(text="x" * 300_000)
    add_unsent_events(database, giant, *make_events(14))

    assert relay(database.transaction, EventBusClient(pause_seconds=0)) == {
        "sent": 14,
        "refused": 1,
    }
    assert message_states(database)[giant.id] == (1, False, True)


@pytest.mark.parametrize("error", [RuntimeError(), AttributeError(), MemoryError()])
def test_relay_publisher_raises_for_one_event_sends_its_neighbours(
    database: Database, error: Exception
) -> None:
    events = make_events(12)
    add_unsent_events(database, *events)
    bus = FailingEventBus(error, {events[0].id})

    assert relay(database.transaction, bus) == {"sent": 11, "refused": 1}
    assert message_states(database)[events[0].id][1:] == (False, True)


def test_relay_killed_while_publishing_has_postponed_its_rows(database: Database) -> None:
    event = ExampleEvent()
    add_unsent_events(database, event)

    with pytest.raises(SystemExit):
        relay(database.transaction, FailingEventBus(SystemExit(), {event.id}))

    database.discard_connection()
    assert message_states(database) == {event.id: (1, False, True)}


@pytest.mark.slow
def test_relay_more_poison_than_it_tries_sends_all_others_in_the_end(database: Database) -> None:
    events = make_events(46)
    poison, others = [*events[:12], *events[35:]], events[12:35]
    add_unsent_events(database, *events)
    bus = FailingEventBus(TimeoutError(), {event.id for event in poison})

    for _ in range(30):
        relay(database.transaction, bus)
        age_messages(database, timedelta(hours=2))

    assert sorted(bus.sent) == sorted(event.id for event in others)
    assert all(not message_states(database)[event.id][1] for event in poison)


def test_relay_refused_event_in_the_first_batch_goes_on_with_the_next(
    bus: RecordingEventBus, database: Database
) -> None:
    events = make_events(25)
    bus.refuses = {events[0].id}
    add_unsent_events(database, *events)

    assert relay(database.transaction, bus) == {"sent": 24, "refused": 1}


def test_relay_time_is_up_begins_no_further_call(database: Database) -> None:
    events = make_events(60)
    add_unsent_events(database, *events)
    bus = FailingEventBus(RuntimeError(), set())

    outcome = relay(database.transaction, bus, seconds=25, now=lambda: 10.0 * bus.calls)

    assert bus.calls == 3
    assert outcome == {"sent": 30, "refused": 0}


def test_relay_time_is_up_in_a_failing_batch_leaves_no_row_due(database: Database) -> None:
    events = make_events(5)
    add_unsent_events(database, *events)
    bus = FailingEventBus(TimeoutError(), {events[4].id})

    outcome = relay(database.transaction, bus, seconds=25, now=lambda: 10.0 * bus.calls)

    assert (bus.calls, outcome) == (3, {"sent": 2, "refused": 3})
    found = message_states(database)
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
    set_bus_timeout(0.3, monkeypatch)
    proxied_bus.delay_responses_to(b"PutEvents")
    publishing = Database(lambda: settings_for(server, database_name, SUPERUSER), EventBusClient())

    add_events(publishing, *make_events(35))
    assert proxied_bus.withheld == 1

    # A job or a batch of messages commits many transactions: only the first of them waits.
    add_events(publishing, ExampleEvent())
    add_events(publishing, ExampleEvent())

    assert proxied_bus.withheld == 1
    assert [row["sent_at"] for row in list_messages(database)] == [None] * 37


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
    picky = SizeLimitedEvents()
    monkeypatch.setattr(aws, "client", lambda _service: picky)
    monkeypatch.setenv("EVENT_BUS_NAME", "bus")
    entries = [
        {"id": UUID(int=number), "source": "s", "type": "t", "envelope": {}}
        for number in range(300)
    ]

    taken = EventBusClient(now=lambda: 2.0 * len(picky.calls)).publish(entries)

    assert taken == [UUID(int=number) for number in range(20)]
