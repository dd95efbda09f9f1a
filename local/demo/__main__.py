"""`python -m local.demo VERSION [PEOPLE_PER_CITY]`, with a function's environment: load all demo data or none."""

import sys

from kit.db import Database, DatabaseSettings
from local.database import record_demo_version
from local.demo.load import PEOPLE_PER_CITY, load


def main(version: str, people_per_city: int = PEOPLE_PER_CITY) -> int:
    """Load everything in one transaction, the note that it was loaded included."""
    settings = DatabaseSettings.from_environment()
    # No publisher: these events are history already.
    with Database(lambda: settings).transaction() as work:
        # On a busy machine seconds pass between two statements, or in one: no reason to load nothing.
        for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
            work.set_local(name, "0")
        people = load(work, people_per_city)
        work.execute(record_demo_version(settings.name, version))
    return people


if __name__ == "__main__":
    print(main(sys.argv[1], *map(int, sys.argv[2:])))
