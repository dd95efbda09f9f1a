"""`python -m local.demo VERSION`, with a function's environment: load the demo data, or none of it."""

import sys

from kit.db import Database, DatabaseSettings
from local.database import remember_demo_data
from local.demo.load import load


def main(version: str) -> int:
    """Load everything in one transaction, the note that it was loaded included."""
    settings = DatabaseSettings.from_environment()
    # No publisher: these events are history already.
    with Database(lambda: settings).transaction() as work:
        people = load(work)
        work.execute(remember_demo_data(settings.name, version))
    return people


if __name__ == "__main__":
    print(main(sys.argv[1]))
