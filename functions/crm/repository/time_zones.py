"""Time zones known to PostgreSQL: fewer than Python knows, and PostgreSQL computes the months."""

from psycopg.errors import InvalidParameterValue

from kit.db import UnitOfWork


def is_known(work: UnitOfWork, name: str) -> bool:
    """Return whether PostgreSQL knows a time zone."""
    try:
        with work.savepoint():
            work.execute("SELECT now() AT TIME ZONE %s", (name,))
    except InvalidParameterValue:
        return False
    return True
