"""Integration tests of the health check, migrations and the relay."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from glob import escape
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from kit import aws
from kit.aws import Timeouts
from kit.db import Database
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from operations.migrate import migrate, migrations_folder
from tests.fixtures.database import OWNER, settings_for
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


def test_migrate_four_concurrent_runners_apply_once(server: Postgres) -> None:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    settings = settings_for(server, name, OWNER)

    # Processes, as in deployments: yoyo reads its files through a collector that threads would share.
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        outcomes = list(pool.map(migrate, [settings] * 4, [migrations_folder()] * 4))

    total = len([p for p in migrations_folder().glob("*.sql") if "rollback" not in p.name])
    assert sorted(len(outcome.applied) for outcome in outcomes) == [0, 0, 0, total]


def test_migrate_folder_with_glob_characters_applies_everything(
    server: Postgres, tmp_path: Path
) -> None:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    folder = tmp_path / ".hidden" / "Zoë's [new] work*"
    folder.mkdir(parents=True)
    (folder / "0001.table.sql").write_text("CREATE TABLE one (id integer)")

    outcome = migrate(settings_for(server, name, OWNER), folder)

    assert (outcome.applied, outcome.total) == (["0001.table"], 1)


def test_migrate_after_killed_runner_succeeds(server: Postgres, database_name: str) -> None:
    settings = settings_for(server, database_name, OWNER)
    with psycopg.connect(server.url(database_name), autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4194303)")

    assert migrate(settings, migrations_folder()).applied == []


def test_migrations_can_be_rolled_back(server: Postgres, tmp_path: Path) -> None:
    from yoyo import get_backend, read_migrations

    name = f"test_{uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    backend = get_backend(server.url(name, OWNER).replace("postgresql://", "postgresql+psycopg://"))
    migrations = read_migrations(escape(str(migrations_folder())))
    backend.apply_migrations(backend.to_apply(migrations))

    backend.rollback_migrations(backend.to_rollback(migrations))

    rows = backend.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname IN ('app', 'outbox', 'auth', 'escorts')"
    ).fetchall()
    backend.connection.close()
    assert rows == []


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
