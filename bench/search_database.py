"""Database of the search benchmark: loaded once, and kept for the next run if a folder is given."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.directory_generator import EPOCH, load
from bench.search_peers import SOURCES
from kit.db import Database, DatabaseSettings
from local.services.postgres import Postgres
from operations.migrate import migrate

NAME = "bench"
BOOKINGS = 2
"""Confirmed bookings of each profile."""
_MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Created after the rows: filling these indexes row by row during the rebuild takes far longer.
_LATER = ("profile_search_name_similarity", "profile_search_text_words")
_SHIFT = f"""
ALTER DATABASE {NAME} SET app.clock_offset = '{{seconds}} seconds'
"""


@dataclass(frozen=True)
class Bench:
    """PostgreSQL server with a directory of `profiles` profiles."""

    server: Postgres
    profiles: int

    def settings(self, role: str) -> DatabaseSettings:
        """Return the connection settings of `role`."""
        return DatabaseSettings(self.server.host, self.server.port, NAME, role, sslmode="disable")

    def database(self, role: str) -> Database:
        """Return the database as the functions use it."""
        return Database(lambda: self.settings(role))


@contextmanager
def prepared(profiles: int) -> Iterator[Bench]:
    """Yield a loaded server; `BENCH_DATA` names a folder to keep it in."""
    kept = os.environ.get("BENCH_DATA")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with Postgres(folder / f"directory-{profiles}") as server:
            bench = Bench(server, profiles)
            if not _is_loaded(bench):
                _load(bench)
            _set_clock(bench)
            yield bench
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def clock_offset() -> int:
    """Return the seconds by which the generated directory's day is ahead of the clock."""
    return int(EPOCH.timestamp() - time.time()) // 60 * 60


def _is_loaded(bench: Bench) -> bool:
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (NAME,)).fetchone()
    return found is not None


def _set_clock(bench: Bench) -> None:
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute(_SHIFT.format(seconds=clock_offset()).encode())


def _load(bench: Bench) -> None:
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE loading")
    migrate(
        DatabaseSettings(bench.server.host, bench.server.port, "loading", "postgres", "disable"),
        _MIGRATIONS,
    )
    started = time.monotonic()
    with psycopg.connect(bench.server.url("loading"), autocommit=True) as connection:
        connection.execute(f"SET app.clock_offset = '{clock_offset()} seconds'".encode())
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET work_mem = '128MB'")
        load(connection, bench.profiles, bookings=BOOKINGS)
        print(
            f"copied {bench.profiles} profiles and {BOOKINGS} bookings of each after {time.monotonic() - started:.0f} s"
        )
        later = [
            row[0].encode()
            for row in connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE indexname = ANY (%s)", (list(_LATER),)
            )
        ]
        connection.execute(f"DROP INDEX {', '.join(f'escorts.{name}' for name in _LATER)}".encode())
        connection.execute("ANALYZE")
        connection.execute("SELECT escorts.rebuild_search()")
        print(f"search built after {time.monotonic() - started:.0f} s")
        for statement in (*later, *SOURCES, b"VACUUM (ANALYZE)"):
            connection.execute(statement)
        print(f"indexes and the sources' table after {time.monotonic() - started:.0f} s")
    with psycopg.connect(bench.server.url(), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE loading RENAME TO {NAME}".encode())
