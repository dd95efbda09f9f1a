"""PostgreSQL: one connection per function environment, one transaction per request or event.

A Lambda environment serves one request at a time, so a module-level connection is a pool of one. The connection may
have been killed or silently dropped between two requests: it is checked before each transaction, and every failure is
either *broken before COMMIT was sent* (safe to repeat the whole transaction once) or *outcome unknown* (not safe).
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
from kit.i18n import gettext as _
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
    """Error: the connection broke before COMMIT was sent. Nothing was changed, repeating is safe."""


class TransactionAborted(Unavailable):
    """Error: PostgreSQL aborted this transaction (deadlock, serialization). Repeating is safe."""


class CommitUnknown(Unavailable):
    """Error: the connection broke during COMMIT, which may have succeeded or not."""


# Refused by psycopg itself (no state), or by the server within JSON: a NUL, half a surrogate pair.
_UNSTORABLE = {None, "22021", "22P05"}
_RETRY_PAUSE_SECONDS = 0.05
"""Seconds: the least pause; the longest is twice that."""


class UnitOfWork:
    """One transaction: begun by the first statement, ended by the code that created the unit of work.

    `failure` is the error after which repeating the whole transaction is safe.
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
            if (translated := self._to_domain_error(error)) is None:
                raise
            raise translated from error
        except (psycopg.DataError, UnicodeEncodeError) as error:
            if isinstance(error, psycopg.DataError) and error.sqlstate not in _UNSTORABLE:
                raise
            raise Invalid(
                "text-unstorable", _("A text holds a character that cannot be saved: remove it.")
            ) from error

    def set_local(self, name: str, value: str) -> None:
        """Set a configuration parameter until the end of the transaction (row-level security context)."""
        self.execute("SELECT set_config(%s, %s, true)", (name, value))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Run the block in a savepoint, so that the block may fail while the transaction goes on."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO SAVEPOINT part")
            raise
        self.execute("RELEASE SAVEPOINT part")

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Run `hook` once the transaction is committed, never otherwise.

        A hook cannot undo the commit: its exception is logged, and the next hook runs.
        """
        self._hooks.append(hook)

    def commit(self) -> None:
        """Commit the transaction, then run the hooks."""
        if self._connection is not None:
            self._require_committable(self._connection)
            try:
                self._connection.commit()
            except psycopg.OperationalError as error:
                if is_broken(self._connection, error):
                    self._database.discard_connection()
                    raise CommitUnknown(
                        "commit-unknown",
                        _(
                            "The connection was lost while saving: check whether it was saved, then try again."
                        ),
                        retry_after=2,
                    ) from error
                if (translated := self._to_domain_error(error)) is None:
                    raise
                raise translated from error
        hooks, self._hooks = self._hooks, []
        for hook in hooks:
            try:
                hook()
            except Exception as error:
                log_failure("a hook failed after the commit", error)

    def rollback(self) -> None:
        """Roll back the transaction; safe on a broken connection."""
        self._hooks.clear()
        if self._connection is not None:
            try:
                self._connection.rollback()
            except psycopg.Error:
                self._database.discard_connection()

    def _require_committable(self, connection: Connection) -> None:
        if was_closed(connection):
            raise self._connection_lost()
        if has_failed(connection):
            failure = self.failure
            self.rollback()
            raise failure or RuntimeError(
                "a statement failed and the use case went on: put what may fail into a savepoint"
            )

    def _connection_lost(self) -> ConnectionLost:
        self._database.discard_connection()
        self.failure = ConnectionLost(
            "database-unavailable",
            _("The database is out of reach, nothing was changed: try again."),
            retry_after=2,
        )
        return self.failure

    def _transaction_aborted(self) -> TransactionAborted:
        # Our locks are released already. The transactions that waited for them must run first, or the repetition would
        # deadlock with them again.
        time.sleep(_RETRY_PAUSE_SECONDS * (1 + os.urandom(1)[0] / 255))
        self.failure = TransactionAborted(
            "database-busy", _("Someone is changing this right now: try again."), retry_after=1
        )
        return self.failure

    def _to_domain_error(self, error: psycopg.Error) -> Unavailable | None:
        """Return the domain error for a failure of the server, or None for a programming error."""
        match error:
            case psycopg.errors.QueryCanceled():
                return Unavailable(
                    "database-timeout", _("This took too long: try again."), retry_after=2
                )
            case psycopg.errors.LockNotAvailable():
                return Unavailable(
                    "database-busy",
                    _("Someone is changing this right now: try again."),
                    retry_after=1,
                )
            case psycopg.errors.DeadlockDetected() | psycopg.errors.SerializationFailure():
                return self._transaction_aborted()
            case psycopg.errors.InFailedSqlTransaction() if self.failure is not None:
                return self.failure
            case psycopg.errors.FeatureNotSupported() if "cached plan" in str(error):
                # The statement was prepared before a migration changed the table; a new connection prepares it anew.
                return self._connection_lost()
        if self._connection is not None and is_broken(self._connection, error):
            return self._connection_lost()
        return None


_databases: WeakSet[Database] = WeakSet()


def close_connections() -> None:
    """Close every connection of this process (tests point the environment elsewhere)."""
    for database in _databases:
        database.discard_connection()


class Database:
    """Access of a function to PostgreSQL; create one at module level."""

    def __init__(
        self,
        settings: Callable[[], DatabaseSettings],
        publisher: EventBusClient | None = None,
    ) -> None:
        self._settings = settings
        self.publisher = publisher
        self._connection: Connection | None = None
        _databases.add(self)

    @classmethod
    def from_environment(cls) -> Database:
        """Return the database of the template's DB_* variables, publishing to the template's bus.

        The environment is read when a connection is opened, so that the call can stand at module level.
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
        """Return the open connection, or a new one if it is not usable."""
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
