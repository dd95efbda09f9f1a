"""PostgreSQL: one connection per function environment, one transaction per request or event.

A Lambda environment serves one request at a time, so a module-level connection is a pool of one. It may have been
killed or silently dropped between two requests; it is probed before each transaction and every failure is told apart
into *broken before COMMIT was sent* (safe to repeat the whole transaction once) and *outcome unknown* (not).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import psycopg

from kit.connections import (
    Connection,
    DatabaseSettings,
    Row,
    connect,
    has_failed,
    is_broken,
    is_idle,
    was_closed,
)
from kit.errors import Invalid, Unavailable
from kit.observability import log_failure
from kit.outbox import EventBusClient, Outbox

if TYPE_CHECKING:
    from psycopg.sql import SQL, Composed

__all__ = [
    "CommitUnknown",
    "ConnectionLost",
    "Database",
    "DatabaseSettings",
    "Row",
    "TransactionAborted",
    "UnitOfWork",
    "close_connections",
]

type Parameters = Mapping[str, Any] | Sequence[Any]


class ConnectionLost(Unavailable):
    """The connection broke before COMMIT was sent: nothing happened, repeating is safe."""


class TransactionAborted(Unavailable):
    """PostgreSQL chose this transaction to give way (deadlock, serialization): repeating is safe."""


class CommitUnknown(Unavailable):
    """The connection broke during COMMIT: it may have happened or not."""


# Refused by psycopg itself (no state), or by the server within JSON: a NUL, half a surrogate pair.
_UNSTORABLE = {None, "22021", "22P05"}
_RETRY_PAUSE_SECONDS = 0.05
"""Seconds, at least, and at most twice that."""


class UnitOfWork:
    """One transaction: begun by the first statement, ended once by whoever made it.

    `failure` remembers the error after which repeating the whole transaction is safe.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._hooks: list[Callable[[], None]] = []
        self.failure: ConnectionLost | TransactionAborted | None = None
        self.outbox = Outbox(self, database.publisher)

    def execute(
        self,
        query: str | SQL | Composed,
        params: Parameters | None = None,
        *,
        prepare: bool | None = None,
    ) -> psycopg.Cursor[Row]:
        """Run one statement; rows come as dicts.

        A statement that comes again is planned once for all values, unless `prepare` is False.
        Constraint violations are raised as psycopg's own errors for the repository to translate.
        """
        if self._connection is None:
            self._connection = self._database.usable_connection()
        try:
            return self._connection.execute(query, params, prepare=prepare)
        except (
            psycopg.OperationalError,
            psycopg.InternalError,
            psycopg.NotSupportedError,
        ) as error:
            if (translated := self._translated(error)) is None:
                raise
            raise translated from error
        except (psycopg.DataError, UnicodeEncodeError) as error:
            if isinstance(error, psycopg.DataError) and error.sqlstate not in _UNSTORABLE:
                raise
            raise Invalid(
                "text-unstorable", "A text holds a character that we cannot keep: remove it."
            ) from error

    def set_local(self, name: str, value: str) -> None:
        """Set a configuration parameter until the end of the transaction (row-level security context)."""
        self.execute("SELECT set_config(%s, %s, true)", (name, value))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail on its own while the transaction goes on."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO SAVEPOINT part")
            raise
        self.execute("RELEASE SAVEPOINT part")

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` once the transaction is committed, never otherwise.

        It cannot undo the commit: what it raises is logged, and the next hook runs.
        """
        self._hooks.append(hook)

    def commit(self) -> None:
        """Make it so, then run the hooks."""
        if self._connection is not None:
            self._require_committable(self._connection)
            try:
                self._connection.commit()
            except psycopg.OperationalError as error:
                if is_broken(self._connection, error):
                    self._database.discard_connection()
                    raise CommitUnknown(
                        "commit-unknown",
                        "We lost the database while saving: look whether it was saved, then try again.",
                        retry_after=2,
                    ) from error
                if (translated := self._translated(error)) is None:
                    raise
                raise translated from error
        hooks, self._hooks = self._hooks, []
        for hook in hooks:
            try:
                hook()
            except Exception as error:
                log_failure("a hook failed after the commit", error)

    def rollback(self) -> None:
        """Undo everything; safe on a broken connection."""
        self._hooks.clear()
        if self._connection is not None:
            try:
                self._connection.rollback()
            except psycopg.Error:
                self._database.discard_connection()

    def _require_committable(self, connection: Connection) -> None:
        if was_closed(connection):
            raise self._lost()
        if has_failed(connection):
            failure = self.failure
            self.rollback()
            raise failure or RuntimeError(
                "a statement failed and the use case went on: put what may fail into a savepoint"
            )

    def _lost(self) -> ConnectionLost:
        self._database.discard_connection()
        self.failure = ConnectionLost(
            "database-unavailable",
            "The database is out of reach, nothing was changed: try again.",
            retry_after=2,
        )
        return self.failure

    def _aborted(self) -> TransactionAborted:
        # Our locks are free already. Whoever waited for them wakes up first, or the repetition would meet them again.
        time.sleep(_RETRY_PAUSE_SECONDS * (1 + os.urandom(1)[0] / 255))
        self.failure = TransactionAborted(
            "database-busy", "Someone is changing this right now: try again.", retry_after=1
        )
        return self.failure

    def _translated(self, error: psycopg.Error) -> Unavailable | None:
        """Say what a failure of the server means to the caller; None where it is a mistake of ours."""
        match error:
            case psycopg.errors.QueryCanceled():
                return Unavailable(
                    "database-timeout", "This took too long: try again.", retry_after=2
                )
            case psycopg.errors.LockNotAvailable():
                return Unavailable(
                    "database-busy", "Someone is changing this right now: try again.", retry_after=1
                )
            case psycopg.errors.DeadlockDetected() | psycopg.errors.SerializationFailure():
                return self._aborted()
            case psycopg.errors.InFailedSqlTransaction() if self.failure is not None:
                return self.failure
            case psycopg.errors.FeatureNotSupported() if "cached plan" in str(error):
                # Prepared before a migration changed the table; a new connection prepares it anew.
                return self._lost()
        if self._connection is not None and is_broken(self._connection, error):
            return self._lost()
        return None


_made: WeakSet[Database] = WeakSet()


def close_connections() -> None:
    """Drop every connection of this process (tests point the environment elsewhere)."""
    for database in _made:
        database.discard_connection()


class Database:
    """The function's way to PostgreSQL; make one at module level."""

    def __init__(
        self,
        settings: Callable[[], DatabaseSettings],
        publisher: EventBusClient | None = None,
    ) -> None:
        self._settings = settings
        self.publisher = publisher
        self._connection: Connection | None = None
        _made.add(self)

    @classmethod
    def from_environment(cls) -> Database:
        """Return the database that the template's environment names, publishing to its bus.

        The environment is read when a connection is opened, so that this can stand at module level.
        """
        return cls(DatabaseSettings.from_environment, EventBusClient())

    def begin(self) -> UnitOfWork:
        """Return a unit of work; the connection is opened by its first statement."""
        return UnitOfWork(self)

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Commit at the end of the block, roll back on an error."""
        work = self.begin()
        with _committing(work):
            yield work

    def run[T](self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run `use_case` in a transaction; repeat it once where that is safe."""
        work = self.begin()
        try:
            with _committing(work):
                return use_case(work)
        except (ConnectionLost, TransactionAborted):
            with self.transaction() as again:
                return use_case(again)

    def usable_connection(self) -> Connection:
        """Return the live connection, or a new one where the old is gone."""
        if self._connection is not None and not is_idle(self._connection):
            self.discard_connection()
        if self._connection is None:
            self._connection = connect(self._settings())
        return self._connection

    def discard_connection(self) -> None:
        """Drop the connection; the next statement opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()


@contextmanager
def _committing(work: UnitOfWork) -> Iterator[None]:
    try:
        yield
    except BaseException:
        work.rollback()
        raise
    work.commit()
