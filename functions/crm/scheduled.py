"""Schedule entry: daily {"job": "expire-screenings"} and {"job": "forget-references"}.

No job here needs a key: what is over is told by columns in clear.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from crm.repository.expiry import Expiry
from crm.service.rounds import in_every_book
from kit import clock
from kit.db import Database, UnitOfWork
from kit.observability import logger

database = Database.from_environment()


def _expire_screenings(work: UnitOfWork, provider_id: UUID) -> int:
    return Expiry(work, provider_id).expire_screenings(clock.now())


def _forget_references(work: UnitOfWork, provider_id: UUID) -> int:
    return Expiry(work, provider_id).forget_references(clock.now())


# What each job does in one book.
_JOBS: dict[str, Callable[[UnitOfWork, UUID], int]] = {
    "expire-screenings": _expire_screenings,
    "forget-references": _forget_references,
}


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names, in every book."""
    job = event["job"]
    done = in_every_book(database, _JOBS[job])
    logger().info("job done", job=job, count=done)
    return {"count": done}
