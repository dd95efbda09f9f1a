"""Restore drill: a dump of PostgreSQL and of the key table, restored elsewhere and read with the passphrase.

The steps of docs/runbooks/restore.md are done here with the programs of PostgreSQL instead of those of AWS.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from crm.service import restore_cleanup
from kit import aws, db
from local.services import postgres_install
from local.services.emulator import Emulator
from local.services.postgres import Postgres
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import all_records, fill_workspace
from tests.fixtures.emulator import TABLE_DEFINITIONS
from tests.fixtures.functions import FunctionClient

pytestmark = pytest.mark.slow

type Items = list[dict[str, Any]]


def run_program(server: Postgres, name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL as the owner."""
    subprocess.run(
        [
            str(postgres_install.binaries() / name),
            f"--host={server.host}",
            f"--port={server.port}",
            "--username=postgres",
            *arguments,
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


@pytest.fixture
def restore_elsewhere(
    server: Postgres,
    database_name: str,
    tmp_path: Path,
    cloud: dict[str, str],
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Path, Items | None], None]]:
    """Return a function that restores a dump and key items elsewhere, and configures the functions to use them."""
    name, table = f"restored_{uuid4().hex}", f"Restored-{uuid4().hex[:12]}"

    def restore(dump: Path, items: Items | None) -> None:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        run_program(server, "pg_restore", f"--dbname={name}", "--exit-on-error", str(dump))
        if items is not None:
            emulator.client("dynamodb", "000000000000").create_table(
                TableName=table, **TABLE_DEFINITIONS["CRM_KEYS_TABLE"]
            )
            for item in items:
                aws.client("dynamodb").put_item(TableName=table, Item=item)
            monkeypatch.setenv("CRM_KEYS_TABLE", table)
        monkeypatch.setenv("DB_NAME", name)
        db.close_connections()

    yield restore
    db.close_connections()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def dump(
    server: Postgres, database_name: str, tmp_path: Path, cloud: dict[str, str]
) -> Callable[[], tuple[Path, Items]]:
    """Return a function that dumps PostgreSQL into a file and reads the whole key table."""

    def take() -> tuple[Path, Items]:
        path = tmp_path / "book.dump"
        run_program(server, "pg_dump", "--format=custom", f"--file={path}", database_name)
        pages = (
            aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=cloud["CRM_KEYS_TABLE"], ConsistentRead=True)
        )
        return path, [item for page in pages for item in page["Items"]]

    return take


def test_restore_into_another_database_reads_every_record(
    provider: CrmUser,
    crm_factory: CrmFactory,
    dump: Callable[[], tuple[Path, Items]],
    restore_elsewhere: Callable[[Path, Items | None], None],
    cloud: dict[str, str],
) -> None:
    fill_workspace(provider)
    provider.enable_encryption()
    provider.post("/encryption/rekey")
    before = all_records(provider)
    path, items = dump()
    assert b"planted" not in path.read_bytes()
    # The original is lost, with all changes since the dump.
    provider.create_client("Too late")
    aws.client("dynamodb").delete_table(TableName=cloud["CRM_KEYS_TABLE"])

    restore_elsewhere(path, items)
    again = crm_factory.new_session(provider)
    assert again.get("/clients").problem["code"] == "vault-locked"
    again.unlock()
    assert all_records(again) == before
    assert again.get("/audit").json["intact"] is True
    assert again.create_client("After the restore")["version"] == 1


def test_restore_cleanup_deletes_clients_erased_since_backup(
    provider: CrmUser,
    functions: Callable[..., FunctionClient],
    dump: Callable[[], tuple[Path, Items]],
    restore_elsewhere: Callable[[Path, Items | None], None],
) -> None:
    leo = fill_workspace(provider)
    ann = provider.create_client("Ann")
    path, _ = dump()
    assert provider.delete(f"/clients/{leo['id']}").status == 200

    # PostgreSQL is restored; the key table keeps its present state.
    restore_elsewhere(path, None)
    answer = provider.get(f"/clients/{leo['id']}")
    assert (answer.status, answer.problem["code"]) == (410, "client-shredded")
    (visit,) = (one["id"] for one in visits_of(provider, leo["id"]))
    assert provider.get(f"/visits/{visit}").problem["code"] == "client-shredded"
    assert provider.get(f"/clients/{ann['id']}").json["name"] == "Ann"
    # The restored rows have no key: lists show placeholders, and the cleanup job deletes the rows.
    shown = {one["id"]: one["name"] for one in provider.get("/clients").json["items"]}
    assert shown == {leo["id"]: "(does not open)", ann["id"]: "Ann"}
    scheduled = functions("CrmScheduled")
    assert scheduled.invoke({"job": "after-restore"}) == {"count": 1}
    assert scheduled.invoke({"job": "after-restore"}) == {"count": 0}
    assert provider.get("/retention/erasures").json["items"][0]["counts"] == {"clients": 1}
    assert [one["id"] for one in provider.get("/clients").json["items"]] == [ann["id"]]


def test_restore_cleanup_with_wrong_key_table_deletes_nothing(
    provider: CrmUser, functions: Callable[..., FunctionClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_cleanup, "MAX_KEYLESS", 1)
    ids = [provider.create_client(f"Client {number}")["id"] for number in range(3)]
    for item in ("bundle", *(f"client#{one.replace('-', '')}" for one in ids[:2])):
        aws.client("dynamodb").delete_item(
            TableName=os.environ["CRM_KEYS_TABLE"],
            Key={"tenant": {"S": str(provider.user_id)}, "item": {"S": item}},
        )
        assert functions("CrmScheduled").invoke({"job": "after-restore"}) == {"count": 0}


def visits_of(user: CrmUser, client_id: str) -> Items:
    """Return a client's visits from the restored rows."""
    url = f"host={os.environ['DB_HOST']} port={os.environ['DB_PORT']} user=postgres"
    with psycopg.connect(f"{url} dbname={os.environ['DB_NAME']}") as connection:
        rows = connection.execute("SELECT id FROM crm.visits WHERE client_id = %s", (client_id,))
        return [{"id": row[0]} for row in rows]
