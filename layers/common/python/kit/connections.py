"""Opening of PostgreSQL connections, and checks of their state.

The checks cost no round trip: between two transactions the kernel's state of the socket is enough, and within a
transaction the kernel's own timeouts notice a silent peer.
"""

from __future__ import annotations

import select
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.rows import dict_row

from kit.errors import Unavailable
from kit.i18n import gettext as _
from kit.settings import env_optional, env_required

type Row = dict[str, Any]
type Connection = psycopg.Connection[Row]

# A silent drop otherwise hangs for more than 25 s: unacknowledged data is given up after 3 s, an unanswered wait for
# a result after 7 s.
_CONNECT = {
    "connect_timeout": 5,
    "tcp_user_timeout": 3000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
}
# Parallel workers cost 4 ms to start for queries of 1 ms.
_OPTIONS = (
    "-c statement_timeout=8000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=15000"
    " -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1 -c timezone=UTC"
)
# 57P01-57P03 shutdown, 08 connection, 25P03 idle in transaction for too long: the server has closed the connection.
_BROKEN_SQLSTATES = ("57P0", "08", "25P03")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Address, name and user of the database; `sslmode="disable"` (local) means no IAM token either."""

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
            host=env_required("DB_HOST"),
            port=int(env_required("DB_PORT")),
            name=env_required("DB_NAME"),
            user=env_required("DB_USER"),
            sslmode=env_optional("DB_SSLMODE", "verify-full"),
            sslrootcert=env_optional("DB_SSLROOTCERT"),
        )


def connect(settings: DatabaseSettings) -> Connection:
    """Open a connection; raise `Unavailable` if the database is unreachable."""
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
            _("The database is out of reach, nothing was changed: try again."),
            retry_after=5,
        ) from error


def is_broken(connection: psycopg.Connection[Any], error: psycopg.Error | None = None) -> bool:
    """Tell whether the connection is unusable.

    After a kill `closed` still says False, so the error's class counts too.
    """
    state = (error.sqlstate or "") if error is not None else ""
    return (
        connection.closed
        or connection.pgconn.status != ConnStatus.OK
        or state.startswith(_BROKEN_SQLSTATES)
    )


def was_closed(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the server has closed the idle connection (3 us).

    A socket that is readable although no response is due holds the server's closing message.
    """
    if is_broken(connection):
        return True
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return bool(readable)


def is_idle(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the connection is usable and outside a transaction."""
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    return idle and not was_closed(connection)


def has_failed(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether a statement failed, so that PostgreSQL would answer COMMIT with a silent ROLLBACK."""
    return connection.info.transaction_status == TransactionStatus.INERROR
