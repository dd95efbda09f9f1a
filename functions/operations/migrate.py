"""Database migrations: on deploy as a custom resource, locally at start.

yoyo records the applied migrations. This module adds a lock, so that one runner works at a time, and a runner that was
killed (whose lock row would never be released) does not stop the next one. Views and functions follow the migrations
(`repeatable_migrations`).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from kit.db import DatabaseSettings
from kit.observability import logger
from operations.repeatable_migrations import apply_repeatable_migrations

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any number, the same for every runner of this product.
_ADVISORY_LOCK = 7_411_203_518
_LOCK_TIMEOUT_SECONDS = 240.0


class MigrationsBusy(RuntimeError):
    """Error: another runner held the lock for longer than the timeout."""


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The result of a run: ids of the applied migrations, number of all, names of the repeated files."""

    applied: list[str]
    total: int
    repeated: list[str]


def migrations_folder() -> Path:
    """Return the folder of SQL files: beside the package in the function's asset, at the root in the sources."""
    here = Path(__file__).resolve().parent
    for folder in (here.parent / "migrations", here.parents[1] / "migrations"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the migrations are not in this function's asset")


def migrate(settings: DatabaseSettings, folder: Path, *, password: str = "") -> MigrationResult:
    """Apply the missing migrations, each in its own transaction, and then the changed repeatable ones in another.

    Several runners may run at once (one works, the others wait and find nothing to do), and one may be killed. Raises
    `MigrationsBusy` after four minutes of waiting.
    """
    from yoyo import get_backend, read_migrations

    backend = get_backend(_database_url(settings, password))
    try:
        # yoyo takes a glob pattern: a folder called `[new]` would match no migrations.
        migrations = read_migrations(escape(str(folder)))
        with _advisory_lock(backend.connection):
            # While we hold the advisory lock, yoyo's own lock row can only be that of a dead runner.
            backend.break_lock()
            with backend.lock():
                missing = backend.to_apply(migrations)
                applied = [migration.id for migration in missing]
                backend.apply_migrations(missing)
            repeated = apply_repeatable_migrations(backend.connection, folder)
        return MigrationResult(applied, len(migrations), repeated)
    finally:
        backend.connection.close()


@contextmanager
def _advisory_lock(connection: Any) -> Iterator[None]:
    # Polled: a session that waits inside pg_advisory_lock deadlocks with CREATE INDEX CONCURRENTLY.
    deadline = time.monotonic() + _LOCK_TIMEOUT_SECONDS
    while not _execute(connection, "SELECT pg_try_advisory_lock(%s)"):
        if time.monotonic() > deadline:
            raise MigrationsBusy("another migration is running: look at its log, then deploy again")
        time.sleep(0.2)
    try:
        yield
    finally:
        if not connection.closed:
            _execute(connection, "SELECT pg_advisory_unlock(%s)")


def _execute(connection: Any, sql: str) -> bool:
    row = connection.execute(sql, (_ADVISORY_LOCK,)).fetchone()
    return bool(row[0])


def _database_url(settings: DatabaseSettings, password: str) -> str:
    # A paused development cluster takes a quarter of a minute to resume, sometimes more.
    arguments = {"sslmode": settings.sslmode, "connect_timeout": "60"}
    if settings.sslrootcert:
        arguments["sslrootcert"] = settings.sslrootcert
    credentials = quote(settings.user, safe="")
    if password:
        credentials += ":" + quote(password, safe="")
    return f"postgresql+psycopg://{credentials}@{settings.host}:{settings.port}/{settings.name}?{urlencode(arguments)}"


def _password(settings: DatabaseSettings) -> str:
    """Return the database owner's password from Secrets Manager; empty where the server asks for none (local)."""
    if settings.sslmode == "disable":
        return ""
    import json

    from kit.aws import client
    from kit.settings import env_required

    answer = client("secretsmanager").get_secret_value(SecretId=env_required("DB_SECRET_ARN"))
    password: str = json.loads(answer["SecretString"])["password"]
    return password


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer a CloudFormation custom resource: Create and Update migrate, Delete leaves everything as it is."""
    if event.get("RequestType") == "Delete":
        return {"PhysicalResourceId": "migrations"}
    settings = DatabaseSettings.from_environment()
    result = migrate(settings, migrations_folder(), password=_password(settings))
    logger().info("migrated", applied=result.applied, total=result.total, repeated=result.repeated)
    return {
        "PhysicalResourceId": "migrations",
        "Data": {
            "Applied": ",".join(result.applied),
            "Total": str(result.total),
            "Repeated": str(len(result.repeated)),
        },
    }
