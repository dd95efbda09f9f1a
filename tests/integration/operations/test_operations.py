"""Integration tests of the health check and the relay."""

from collections.abc import Callable

import pytest

from kit import aws
from kit.aws import Timeouts
from kit.db import Database
from local.services.emulator import Emulator
from tests.fixtures.functions import FunctionClient
from tests.fixtures.proxy import Proxy

pytestmark = pytest.mark.slow

type Functions = Callable[..., FunctionClient]


def test_health_database_up_is_healthy_without_business_data(functions: Functions) -> None:
    answer = functions("OperationsWeb").get("/api/v1/health")

    assert answer.status == 200
    assert answer.json.keys() == {"status", "timestamp", "services"}
    assert answer.json["status"] == "healthy"


def test_health_without_database_is_503(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_NAME", "no_such_database")

    answer = functions("OperationsWeb").get("/api/v1/health")

    assert answer.status == 503
    assert answer.json["services"] == {"database": "unhealthy"}


def test_relay_sends_events_of_failed_requests(functions: Functions, database: Database) -> None:
    with database.transaction() as work:
        work.execute(
            "INSERT INTO outbox.messages (id, source, type, envelope, created_at)"
            " SELECT gen_random_uuid(), 'hellomahi.test', 'Something', '{}', now() - interval '1 minute'"
            " FROM generate_series(1, 23)"
        )

    first = functions("OperationsRelay").invoke({"job": "relay"})
    second = functions("OperationsRelay").invoke({"job": "relay"})

    assert (first, second) == ({"sent": 23, "refused": 0}, {"sent": 0, "refused": 0})


def test_relay_refused_event_stays_in_outbox(
    functions: Functions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", "http://127.0.0.1:9")
    aws.reset_clients()
    with database.transaction() as work:
        work.execute(
            "INSERT INTO outbox.messages (id, source, type, envelope, created_at)"
            " VALUES (gen_random_uuid(), 'hellomahi.test', 'Something', '{}', now() - interval '1 minute')"
        )

    outcome = functions("OperationsRelay").invoke({"job": "relay"})

    assert outcome == {"sent": 0, "refused": 1}
    with database.transaction() as work:
        row = work.execute(
            "SELECT attempts, sent_at, next_attempt_at > now() AS waits FROM outbox.messages"
        ).fetchone()
    assert row == {"attempts": 1, "sent_at": None, "waits": True}


def test_relay_function_bus_never_answers_postpones_and_sends_later(
    functions: Functions,
    emulator: Emulator,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with database.transaction() as work:
        work.execute(
            "INSERT INTO outbox.messages (id, source, type, envelope, created_at)"
            " SELECT gen_random_uuid(), 'hellomahi.test', 'Something', '{}', now() - interval '1 minute'"
            " FROM generate_series(1, 23)"
        )
    relay = functions("OperationsRelay")
    with Proxy(("127.0.0.1", emulator.port)) as proxy, monkeypatch.context() as silent:
        proxy.delay_responses_to(b"PutEvents")
        silent.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", f"http://127.0.0.1:{proxy.port}")
        silent.setitem(aws.TIMEOUTS, "events", Timeouts(connect=5, read=0.3, attempts=1))
        aws.reset_clients()
        assert relay.invoke({"job": "relay"}) == {"sent": 0, "refused": 10}
    aws.reset_clients()

    # The other events first, then the rescheduled ones when they are due.
    assert relay.invoke({"job": "relay"}) == {"sent": 13, "refused": 0}
    with database.transaction() as work:
        work.execute("UPDATE outbox.messages SET next_attempt_at = now()")
    assert relay.invoke({"job": "relay"}) == {"sent": 10, "refused": 0}
