"""Schedule entry: every minute {"job": "fire-due-timers"}, hourly "repair-timers", daily "purge-expired".

The rows of `bookings.timers` are the timers. A sweep that does not run only delays them.
"""

from typing import Any

from bookings.service.timers import Timekeeping
from kit import clock
from kit.db import Database
from kit.observability import logger

database = Database.from_environment()

_JOBS = {
    "fire-due-timers": Timekeeping.sweep,
    "repair-timers": Timekeeping.rearm,
    "purge-expired": Timekeeping.forget,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    done = _JOBS[job](Timekeeping(database, clock.now))
    logger().info("job done", job=job, count=done)
    return {"count": done}
