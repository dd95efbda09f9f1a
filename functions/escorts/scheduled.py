"""Schedule entry: {"job": "expire-verifications"} every five minutes, {"job": "refresh-ages"} daily."""

from collections.abc import Callable
from typing import Any

from escorts import settings
from escorts.publisher import Publisher
from escorts.repository import Verifications
from escorts.repository.upkeep import Upkeep
from escorts.repository.vault import PURPOSE, BirthDates
from escorts.service.upkeep import BATCH, Birthdays, Expiry
from kit import clock
from kit.db import Database, UnitOfWork
from kit.envelope import Envelope
from kit.observability import logger

database = Database.from_environment()


def _expire_verifications() -> int:
    return _batches(lambda work: Expiry(Verifications(work), Publisher(work.outbox)).run())


def _refresh_ages() -> int:
    birth_dates = BirthDates(Envelope(settings.private_data_key(), PURPOSE))
    return _batches(lambda work: Birthdays(Upkeep(work), birth_dates, clock.now).run())


def _batches(run: Callable[[UnitOfWork], int]) -> int:
    """Run one transaction per batch until one comes back less than full."""
    total = 0
    while True:
        done = database.run(run)
        total += done
        if done < BATCH:
            return total


_JOBS = {"expire-verifications": _expire_verifications, "refresh-ages": _refresh_ages}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    job = event["job"]
    done = _JOBS[job]()
    logger().info("job done", job=job, count=done)
    return {"count": done}
