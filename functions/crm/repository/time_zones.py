"""Time zones as PostgreSQL knows them: fewer than Python does, and months are counted by PostgreSQL."""

from psycopg.errors import InvalidParameterValue

from kit.db import UnitOfWork


def is_known(work: UnitOfWork, name: str) -> bool:
    """Tell whether a zone can be counted with."""
    try:
        with work.savepoint():
            work.execute("SELECT now() AT TIME ZONE %s", (name,))
    except InvalidParameterValue:
        return False
    return True
