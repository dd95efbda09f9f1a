"""Schedule entry point: {"job": "fire-due-timers"} every minute, "repair-timers" hourly, "purge-expired" daily.

The rows of `bookings.timers` are the timers. A run that is missed only delays them.
"""

from typing import Any

from bookings.service.timers import TimerService
from kit import clock
from kit.db import Database
from kit.observability import logger

database = Database.from_environment()

_JOBS = {
    "fire-due-timers": TimerService.fire_due_timers,
    "repair-timers": TimerService.repair_timers,
    "purge-expired": TimerService.purge_expired,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    done = _JOBS[job](TimerService(database, clock.now))
    logger().info("job done", job=job, count=done)
    return {"count": done}
