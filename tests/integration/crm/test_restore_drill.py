"""The restore drill: a dump of PostgreSQL and of the key table, brought back elsewhere, read with the passphrase.

What docs/runbooks/restore.md says in AWS's words is done here with the server's own programs.
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


def program(server: Postgres, name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's own as the owner."""
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
def elsewhere(
    server: Postgres,
    database_name: str,
    tmp_path: Path,
    cloud: dict[str, str],
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Path, Items | None], None]]:
    """Brings a dump up in a new database, and items in a new key table, and leads the functions there."""
    name, table = f"restored_{uuid4().hex}", f"Restored-{uuid4().hex[:12]}"

    def restore(dump: Path, items: Items | None) -> None:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        program(server, "pg_restore", f"--dbname={name}", "--exit-on-error", str(dump))
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
    """Dumps PostgreSQL into a file and reads the whole key table."""

    def take() -> tuple[Path, Items]:
        path = tmp_path / "book.dump"
        program(server, "pg_dump", "--format=custom", f"--file={path}", database_name)
        pages = (
            aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=cloud["CRM_KEYS_TABLE"], ConsistentRead=True)
        )
        return path, [item for page in pages for item in page["Items"]]

    return take


def test_every_record_is_read_again_elsewhere(
    provider: CrmUser,
    crm_factory: CrmFactory,
    dump: Callable[[], tuple[Path, Items]],
    elsewhere: Callable[[Path, Items | None], None],
    cloud: dict[str, str],
) -> None:
    fill_workspace(provider)
    provider.enable_encryption()
    provider.post("/encryption/rekey")
    before = all_records(provider)
    path, items = dump()
    assert b"planted" not in path.read_bytes()
    # The old place is gone, with all that happened in it since.
    provider.create_client("Too late")
    aws.client("dynamodb").delete_table(TableName=cloud["CRM_KEYS_TABLE"])

    elsewhere(path, items)
    again = crm_factory.new_session(provider)
    assert again.get("/clients").problem["code"] == "vault-locked"
    again.unlock()
    assert all_records(again) == before
    assert again.get("/audit").json["intact"] is True
    assert again.create_client("After the restore")["version"] == 1


def test_who_was_forgotten_stays_unreadable_when_rows_come_back(
    provider: CrmUser,
    functions: Callable[..., FunctionClient],
    dump: Callable[[], tuple[Path, Items]],
    elsewhere: Callable[[Path, Items | None], None],
) -> None:
    leo = fill_workspace(provider)
    ann = provider.create_client("Ann")
    path, _ = dump()
    assert provider.delete(f"/clients/{leo['id']}").status == 200

    # PostgreSQL as it was before; the keys as they are now.
    elsewhere(path, None)
    gone = provider.get(f"/clients/{leo['id']}")
    assert (gone.status, gone.problem["code"]) == (410, "client-shredded")
    (visit,) = (one["id"] for one in visits_of(provider, leo["id"]))
    assert provider.get(f"/visits/{visit}").problem["code"] == "client-shredded"
    assert provider.get(f"/clients/{ann['id']}").json["name"] == "Ann"
    # The rows that came back are noise, shown as such in a list; they are taken out once more.
    shown = {one["id"]: one["name"] for one in provider.get("/clients").json["items"]}
    assert shown == {leo["id"]: "(does not open)", ann["id"]: "Ann"}
    night = functions("CrmScheduled")
    assert night.invoke({"job": "after-restore"}) == {"count": 1}
    assert night.invoke({"job": "after-restore"}) == {"count": 0}
    assert provider.get("/retention/erasures").json["items"][0]["counts"] == {"clients": 1}
    assert [one["id"] for one in provider.get("/clients").json["items"]] == [ann["id"]]


def test_where_the_key_table_is_wrong_no_row_is_taken_for_noise(
    provider: CrmUser, functions: Callable[..., FunctionClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_cleanup, "FEW", 1)
    ids = [provider.create_client(f"Client {number}")["id"] for number in range(3)]
    for item in ("bundle", *(f"client#{one.replace('-', '')}" for one in ids[:2])):
        aws.client("dynamodb").delete_item(
            TableName=os.environ["CRM_KEYS_TABLE"],
            Key={"tenant": {"S": str(provider.user_id)}, "item": {"S": item}},
        )
        assert functions("CrmScheduled").invoke({"job": "after-restore"}) == {"count": 0}


def visits_of(user: CrmUser, client_id: str) -> Items:
    """Return a client's visits as they stand in the restored rows."""
    url = f"host={os.environ['DB_HOST']} port={os.environ['DB_PORT']} user=postgres"
    with psycopg.connect(f"{url} dbname={os.environ['DB_NAME']}") as connection:
        rows = connection.execute("SELECT id FROM crm.visits WHERE client_id = %s", (client_id,))
        return [{"id": row[0]} for row in rows]
