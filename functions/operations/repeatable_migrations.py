"""Repeatable migrations: views and functions, applied again after each change.

The numbers of the files are the order of their dependencies. A file is applied when the file, one before it or the
list of applied migrations has changed since: dropping a view drops the views that read it, and a migration or its
rollback may have dropped any.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "repeatable"
# Beside yoyo's tables, which also outlive the rollback of every migration.
_RECORDS = "public._repeatable_migration"
# A view is dropped while readers hold locks on others. Giving up after less than PostgreSQL's deadlock timeout of 1 s,
# and beginning anew, lets requests go first: none of them waits longer or is cancelled for a deadlock.
_LOCK_TIMEOUT = "500ms"
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.5


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
    from psycopg.errors import DeadlockDetected, LockNotAvailable

    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            _apply(connection, changed, names)
        except (DeadlockDetected, LockNotAvailable):
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _apply(connection: Any, changed: list[RepeatableMigration], names: list[str]) -> None:
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        # Dropping a view names the views that fall with it; each is created again by a later file.
        connection.execute("SET LOCAL client_min_messages = warning")
        for each in changed:
            connection.execute(each.sql)
            connection.execute(
                f"INSERT INTO {_RECORDS} VALUES (%s, %s, now())"  # noqa: S608
                " ON CONFLICT (name) DO UPDATE SET digest = EXCLUDED.digest, applied_at = EXCLUDED.applied_at",
                (each.name, each.digest),
            )
        # A file that is gone: a migration drops what it created.
        connection.execute(f"DELETE FROM {_RECORDS} WHERE name <> ALL (%s)", (names,))  # noqa: S608
