"""Command `python -m local.demo VERSION [PEOPLE_PER_CITY]`, with a function's environment."""

import sys

from kit.db import Database, DatabaseSettings
from local.database import record_demo_version
from local.demo.load import PEOPLE_PER_CITY, load


def main(version: str, people_per_city: int = PEOPLE_PER_CITY) -> int:
    """Load all demo data and record its version, in one transaction."""
    settings = DatabaseSettings.from_environment()
    # Without a bus: no consumer needs the events of demo data.
    with Database(lambda: settings).transaction() as work:
        # On a busy machine seconds pass between two statements, or in one: the timeouts must not abort the load.
        for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
            work.set_local(name, "0")
        people = load(work, people_per_city)
        work.execute(record_demo_version(settings.name, version))
    return people


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
