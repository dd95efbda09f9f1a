"""The product's database on the local server: its owner, itself, its clock."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from psycopg import sql

from local.services.postgres import DatabaseServer
from local.template import Template

__all__ = ["ProductDatabase", "record_demo_version"]

_DEMO = "app.demo_data"


class ProductDatabase:
    """What must be there before a function of the template can connect."""

    def __init__(self, template: Template, server: DatabaseServer) -> None:
        cluster = next(template.resources("AWS::RDS::DBCluster"), None)
        given = {} if cluster is None else cluster.properties
        self.name = str(given.get("DatabaseName", "hellomahi"))
        owner = given.get("MasterUsername", "hellomahi_owner")
        # On AWS the master's name may come out of a secret; only a plain one is a role here.
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
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", self.owner):
                # Aurora's master may do everything that migrations need; so may this one.
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER").format(owner))
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", self.name):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))

    def set_clock(self, offset: timedelta) -> None:
        """Shift `app.now()` for connections opened from now on."""
        seconds = f"{round(offset.total_seconds())} seconds"
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(_setting(self.name, "app.clock_offset", seconds))

    @property
    def demo_version(self) -> str:
        """Return which demo data was loaded, empty if none."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"SELECT current_setting('{_DEMO}', true)").fetchone()
        return (row[0] or "") if row else ""


def record_demo_version(database: str, version: str) -> str:
    """Return the statement that notes, in the loading transaction, what was loaded."""
    return _setting(database, _DEMO, version).as_string()


def _setting(database: str, name: str, value: str) -> sql.Composed:
    """A setting of the database itself: every new connection has it."""
    return sql.SQL("ALTER DATABASE {} SET {} = {}").format(
        sql.Identifier(database), sql.SQL(name), sql.Literal(value)
    )


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query.encode(), (name,)).fetchone() is not None
