"""Integration tests of our own PostgreSQL server: durability, processes, ports and file modes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from local.services import postgres_install as install
from local.services.postgres import ExternalPostgres, Postgres, open_postgres
from tests.factories.waiting import wait_until
from tests.integration.local.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder shared by the tests of this module, since creating one is slow."""
    folder = tmp_path_factory.mktemp("postgres") / "data"
    with Postgres(folder, durable=False):
        pass
    return folder


def execute(server: Postgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_stop_and_start_keeps_data_and_creates_none(folder: Path) -> None:
    with Postgres(folder, durable=False) as server:
        execute(server, "CREATE TABLE kept AS SELECT 1 AS one")
        assert not server.recovered
    created = (folder / "PG_VERSION").stat()
    with Postgres(folder, durable=False) as server:
        assert (folder / "PG_VERSION").stat() == created
        assert execute(server, "SELECT one FROM kept") == [(1,)]
        assert not server.recovered


def test_kill_loses_no_acknowledged_transaction(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "data").start()
    execute(server, "CREATE TABLE written (n integer)")
    for number in range(20):
        execute(server, f"INSERT INTO written VALUES ({number})")
    server.kill()
    with Postgres(tmp_path / "data") as again:
        assert again.recovered
        assert execute(again, "SELECT count(*) FROM written") == [(20,)]


def test_start_with_lock_file_of_other_process_succeeds(folder: Path) -> None:
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n")
    with Postgres(folder, durable=False) as server:
        assert server.recovered
        assert execute(server, "SELECT 1") == [(1,)]


def test_postgres_listens_on_loopback_and_runs_unprivileged(folder: Path) -> None:
    with Postgres(folder, durable=False) as server:
        assert execute(server, "SHOW listen_addresses") == [("127.0.0.1",)]
        assert execute(server, "SHOW unix_socket_directories") == [("",)]
        owner = int((folder / "postmaster.pid").stat().st_uid)
        assert owner == (install.runs_as() or os.geteuid())
        assert owner != 0


def test_start_on_taken_port_names_port(folder: Path) -> None:
    with Postgres(folder, durable=False) as server:
        other = Postgres(folder.with_name("other"), server.port, durable=False)
        with pytest.raises(RuntimeError, match="Address already in use"):
            other.start()


def test_start_keeps_modes_of_parent_folders(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Postgres(closed / "data", durable=False) as server:
        assert execute(server, "SELECT 1") == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_server_ends_with_its_parent(tmp_path: Path) -> None:
    code = f"""
import os, signal
from pathlib import Path
from local.services.postgres import Postgres
server = Postgres(Path({str(tmp_path / "data")!r}), durable=False).start()
print(Path(server.data_dir, "postmaster.pid").read_text().split()[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == -signal.SIGKILL, result.stderr
    postmaster = int(result.stdout)
    wait_until(lambda: not _runs(postmaster), "the server ends with its parent")


def test_unreachable_programs_are_copied_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "reachable", lambda path: False)
    monkeypatch.setattr(install, "scratch_root", lambda: tmp_path)
    programs = install.binaries()
    assert programs.is_relative_to(tmp_path)
    for name in ("postgres", "initdb"):  # they find their libraries there
        version = subprocess.run([programs / name, "--version"], capture_output=True, check=True)
        assert b"18." in version.stdout
    assert install.binaries() == programs
    assert len(list(tmp_path.iterdir())) == 1


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_database_url_selects_external_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db.example:6000/postgres")
    server = open_postgres(tmp_path)
    assert isinstance(server, ExternalPostgres)
    assert (server.host, server.port) == ("db.example", 6000)
    assert server.url() == "postgresql://me:secret@db.example:6000/postgres"
    assert server.url("shop", "auth_web") == "postgresql://auth_web@db.example:6000/shop"
