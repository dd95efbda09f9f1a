"""Repeatable migrations: views and functions, applied again after each change.

The numbers of the files are the order of their dependencies. A file is applied when the file, one before it or the
list of applied migrations has changed since: dropping a view drops the views that read it, and a migration or its
rollback may have dropped any.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "repeatable"
# Beside yoyo's tables, which also outlive the rollback of every migration.
_RECORDS = "public._repeatable_migration"
# All locks are taken before anything is created. Giving up and beginning anew lets requests go first: a request waits
# for a lock for 4 s at most, and the statements of jobs run for 240 s at most.
_LOCK_TIMEOUT = "500ms"
_LOCKING_TIMEOUT = "2s"
_PATIENCE_SECONDS = 300.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0
_VIEW = re.compile(r"^DROP VIEW IF EXISTS (\S+) CASCADE;$", re.MULTILINE)
_TRIGGER_TABLE = re.compile(
    r"^CREATE OR REPLACE TRIGGER .*?\bON (\w+\.\w+)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class RepeatableMigration:
    """File of a view or of functions, with the digest of all that it depends on."""

    name: str
    sql: str
    digest: str


def apply_repeatable_migrations(connection: Any, folder: Path) -> list[str]:
    """Apply the changed files in one transaction; return their names.

    The connection is in autocommit mode, and its session holds the lock of the migrations.
    """
    if not (folder / FOLDER).is_dir():
        return []
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_RECORDS}"
        " (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL)"
    )
    files = list(_read_files(folder, _applied_migrations(connection)))
    records = dict(connection.execute(f"SELECT name, digest FROM {_RECORDS}").fetchall())  # noqa: S608
    if records == {each.name: each.digest for each in files}:
        return []
    changed = [each for each in files if records.get(each.name) != each.digest]
    _apply_patiently(connection, changed, [each.name for each in files])
    return [each.name for each in changed]


def _read_files(folder: Path, migrations: str) -> Iterator[RepeatableMigration]:
    chain = hashlib.sha256(migrations.encode())
    for path in sorted((folder / FOLDER).glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        chain.update(f"\0{path.stem}\0{sql}".encode())
        yield RepeatableMigration(path.stem, sql, chain.hexdigest())


def _applied_migrations(connection: Any) -> str:
    """Return the applied migrations with their times, since one may have been rolled back and applied again."""
    row = connection.execute(
        "SELECT coalesce(string_agg(migration_id || ' ' || applied_at_utc, ',' ORDER BY migration_id), '')"
        " FROM public._yoyo_migration"
    ).fetchone()
    return str(row[0])


def _apply_patiently(connection: Any, changed: list[RepeatableMigration], names: list[str]) -> None:
    from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

    deadline = time.monotonic() + _PATIENCE_SECONDS
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            _apply(connection, changed, names)
        except (DeadlockDetected, LockNotAvailable, QueryCanceled):
            if time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        else:
            return


def _lock(connection: Any, changed: list[RepeatableMigration]) -> None:
    """Lock the tables of triggers and drop the views, in the order in which requests lock them.

    A writer locks a table before the views that a trigger or the refresh of the search reads, and a reader locks the
    view it names before the views below it. In any other order they deadlock with each other, under load at every
    attempt.
    """
    tables = dict.fromkeys(name for each in changed for name in _TRIGGER_TABLE.findall(each.sql))
    views = [name for each in reversed(changed) for name in reversed(_VIEW.findall(each.sql))]
    connection.execute(f"SET LOCAL statement_timeout = '{_LOCKING_TIMEOUT}'")
    if tables:
        connection.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE")
    if views:
        connection.execute(f"DROP VIEW IF EXISTS {', '.join(views)} CASCADE")
    connection.execute("SET LOCAL statement_timeout TO DEFAULT")


def _apply(connection: Any, changed: list[RepeatableMigration], names: list[str]) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        # Dropping a view names the views that fall with it; each is created again by a later file.
        connection.execute("SET LOCAL client_min_messages = warning")
        _lock(connection, changed)
        for each in changed:
            connection.execute(each.sql)
            connection.execute(
                f"INSERT INTO {_RECORDS} VALUES (%s, %s, now())"  # noqa: S608
                " ON CONFLICT (name) DO UPDATE SET digest = EXCLUDED.digest, applied_at = EXCLUDED.applied_at",
                (each.name, each.digest),
            )
        # A file that is gone: a migration drops what it created.
        connection.execute(f"DELETE FROM {_RECORDS} WHERE name <> ALL (%s)", (names,))  # noqa: S608
