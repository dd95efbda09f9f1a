"""Database of the product on the local server: its owner role, the database and its clock."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from psycopg import sql

from local.services.postgres import DatabaseServer
from local.template import Template

__all__ = ["ProductDatabase", "ensure_owner", "record_demo_version"]

_DEMO = "app.demo_data"


class ProductDatabase:
    """Owner role and database, which must exist before a function can connect."""

    def __init__(self, template: Template, server: DatabaseServer) -> None:
        cluster = next(template.resources("AWS::RDS::DBCluster"), None)
        given = {} if cluster is None else cluster.properties
        self.name = str(given.get("DatabaseName", "hellomahi"))
        owner = given.get("MasterUsername", "hellomahi_owner")
        # On AWS the owner's name may come from a secret; here it must be a plain text.
        self.owner = owner if isinstance(owner, str) else "hellomahi_owner"
        self._server = server

    @property
    def url(self) -> str:
        """Return the owner's connection string."""
        return self._server.url(self.name, self.owner)

    def ensure(self) -> None:
        """Create owner and database where they are missing."""
        owner, name = sql.Identifier(self.owner), sql.Identifier(self.name)
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            ensure_owner(connection, self.owner)
            # The demo data records its version in the transaction that loads it.
            connection.execute(
                sql.SQL("GRANT SET ON PARAMETER {} TO {}").format(sql.SQL(_DEMO), owner)
            )
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", self.name):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))

    def set_clock(self, offset: timedelta) -> None:
        """Shift `app.now()` for connections opened from now on."""
        seconds = f"{round(offset.total_seconds())} seconds"
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(_setting(self.name, "app.clock_offset", seconds))

    @property
    def demo_version(self) -> str:
        """Return the version of the loaded demo data, empty if none."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"SELECT current_setting('{_DEMO}', true)").fetchone()
        return (row[0] or "") if row else ""


def ensure_owner(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Create the role that migrates, with the rights of Aurora's master user, and Aurora's role `rds_iam`.

    The master user is no superuser. It may grant `rds_iam` by a rule of Aurora's own; PostgreSQL needs the ADMIN
    option, a membership without any other right.
    """
    owner = sql.Identifier(name)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", "rds_iam"):
        connection.execute("CREATE ROLE rds_iam NOLOGIN")
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEROLE CREATEDB").format(owner)
        )
        connection.execute(
            sql.SQL("GRANT rds_iam TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE").format(owner)
        )


def record_demo_version(database: str, version: str) -> str:
    """Return the statement that records the loaded version, for the loading transaction."""
    return _setting(database, _DEMO, version).as_string()


def _setting(database: str, name: str, value: str) -> sql.Composed:
    """Return the statement that sets a parameter for every new connection of the database."""
    return sql.SQL("ALTER DATABASE {} SET {} = {}").format(
        sql.Identifier(database), sql.SQL(name), sql.Literal(value)
    )


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query.encode(), (name,)).fetchone() is not None
