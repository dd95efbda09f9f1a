"""PostgreSQL: one connection per function environment, one transaction per request or event.

A Lambda environment serves one request at a time, so a module-level connection is a pool of one. It may have been
killed or silently dropped between two requests; it is probed before each transaction and every failure is told apart
into *broken before COMMIT was sent* (safe to repeat the whole transaction once) and *outcome unknown* (not).
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.rows import dict_row

from kit.errors import Unavailable
from kit.outbox import Outbox, Publisher
from kit.settings import optional, required

if TYPE_CHECKING:
    from psycopg.sql import SQL, Composed

type Row = dict[str, Any]
type Connection = psycopg.Connection[Row]
type Parameters = Mapping[str, Any] | Sequence[Any]

# A silent drop otherwise hangs for more than 25 s; parallel workers cost 4 ms to start for queries of 1 ms.
_CONNECT = {"connect_timeout": 5, "tcp_user_timeout": 3000, "keepalives_idle": 30}
_OPTIONS = (
    "-c statement_timeout=8000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000"
    " -c max_parallel_workers_per_gather=0 -c timezone=UTC"
)


class ConnectionLost(Unavailable):
    """The connection broke before COMMIT was sent: nothing happened, repeating is safe."""


class TransactionAborted(Unavailable):
    """PostgreSQL chose this transaction to give way (deadlock, serialization): repeating is safe."""


class CommitUnknown(Unavailable):
    """The connection broke during COMMIT: it may have happened or not."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where the database is and as whom to enter; `sslmode="disable"` (local) means no IAM token either."""

    host: str
    port: int
    name: str
    user: str
    sslmode: str = "verify-full"
    sslrootcert: str = ""

    @classmethod
    def from_environment(cls) -> DatabaseSettings:
        """Read the DB_* variables of the template."""
        return cls(
            host=required("DB_HOST"),
            port=int(required("DB_PORT")),
            name=required("DB_NAME"),
            user=required("DB_USER"),
            sslmode=optional("DB_SSLMODE", "verify-full"),
            sslrootcert=optional("DB_SSLROOTCERT"),
        )


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
        self, query: str | SQL | Composed, params: Parameters | None = None
    ) -> psycopg.Cursor[Row]:
        """Run one statement; rows come as dicts.

        Constraint violations are raised as psycopg's own errors for the repository to translate.
        """
        if self._connection is None:
            self._connection = self._database.usable_connection()
        try:
            return self._connection.execute(query, params)
        except psycopg.errors.OperationalError as error:
            raise self._translated(error) from error

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
        """Run `hook` once the transaction is committed, never otherwise; its errors are its own to handle."""
        self._hooks.append(hook)

    def commit(self) -> None:
        """Make it so, then run the hooks."""
        if self._connection is not None:
            try:
                self._connection.commit()
            except psycopg.OperationalError as error:
                if is_broken(self._connection, error):
                    self._database.forget()
                    raise CommitUnknown(
                        "commit-unknown",
                        "We lost the database while saving: look whether it was saved, then try again.",
                        retry_after=2,
                    ) from error
                raise self._translated(error) from error
        hooks, self._hooks = self._hooks, []
        for hook in hooks:
            hook()

    def rollback(self) -> None:
        """Undo everything; safe on a broken connection."""
        self._hooks.clear()
        if self._connection is not None:
            try:
                self._connection.rollback()
            except psycopg.Error:
                self._database.forget()

    def _translated(self, error: psycopg.OperationalError) -> Exception:
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
                self.failure = TransactionAborted(
                    "database-busy", "Someone is changing this right now: try again.", retry_after=1
                )
                return self.failure
        if self._connection is not None and is_broken(self._connection, error):
            self._database.forget()
            self.failure = ConnectionLost(
                "database-unavailable",
                "The database is out of reach, nothing was changed: try again.",
                retry_after=2,
            )
            return self.failure
        return error


_made: WeakSet[Database] = WeakSet()


def forget_connections() -> None:
    """Drop every connection of this process (tests point the environment elsewhere)."""
    for database in _made:
        database.forget()


class Database:
    """The function's way to PostgreSQL; make one at module level."""

    def __init__(
        self,
        settings: Callable[[], DatabaseSettings],
        publisher: Publisher | None = None,
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
        return cls(DatabaseSettings.from_environment, Publisher())

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
        if self._connection is not None and not _is_idle_and_alive(self._connection):
            self.forget()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def forget(self) -> None:
        """Drop the connection; the next statement opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _connect(self) -> Connection:
        settings = self._settings()
        arguments: dict[str, Any] = {**_CONNECT, "sslmode": settings.sslmode}
        if settings.sslmode != "disable":
            from kit.iam import database_token

            arguments["password"] = database_token(settings.host, settings.port, settings.user)
            arguments["sslrootcert"] = settings.sslrootcert
        try:
            return psycopg.connect(
                host=settings.host,
                port=settings.port,
                dbname=settings.name,
                user=settings.user,
                options=_OPTIONS,
                row_factory=dict_row,
                application_name=settings.user,
                **arguments,
            )
        except psycopg.OperationalError as error:
            raise Unavailable(
                "database-unavailable",
                "The database is out of reach, nothing was changed: try again.",
                retry_after=5,
            ) from error


@contextmanager
def _committing(work: UnitOfWork) -> Iterator[None]:
    try:
        yield
    except BaseException:
        work.rollback()
        raise
    work.commit()


def is_broken(connection: psycopg.Connection[Any], error: psycopg.Error | None = None) -> bool:
    """Tell whether the connection is beyond use.

    After a kill `closed` still says False, so the error's class counts too (57P0x shutdown, 08 connection).
    """
    state = (error.sqlstate or "") if error is not None else ""
    return (
        connection.closed
        or connection.pgconn.status != ConnStatus.OK
        or state.startswith(("57P0", "08"))
    )


def _is_idle_and_alive(connection: Connection) -> bool:
    """Probe without a round trip: an idle socket that is readable has been closed by the other side (3 us)."""
    if is_broken(connection) or connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return not readable
