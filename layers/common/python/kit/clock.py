"""Clock of the application; one place, so that the local cloud can advance the time.

`CLOCK_OFFSET_SECONDS` is set by the local cloud alone; its SQL twin is `app.now()` of
`migrations/0001.app-foundation.sql`.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

type Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    offset = os.environ.get("CLOCK_OFFSET_SECONDS")
    moment = datetime.now(UTC)
    return moment + timedelta(seconds=float(offset)) if offset else moment
