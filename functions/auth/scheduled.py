"""Scheduled jobs of auth: the daily clean-up."""

from typing import Any

from auth.publisher import AccountEvents
from auth.repository.cleanup import CleanupRepository
from auth.service.cleanup import clean_up
from kit import clock
from kit.db import Database, UnitOfWork
from kit.observability import logger

database = Database.from_environment()


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Run the job that the schedule names."""
    match event:
        case {"job": "cleanup"}:
            deleted = database.run(_clean_up)
            logger().info("expired rows deleted", extra=deleted)
            return deleted
    raise ValueError("unknown job: the stack and this handler disagree")


def _clean_up(work: UnitOfWork) -> dict[str, int]:
    return clean_up(CleanupRepository(work), AccountEvents(work.outbox), clock.now)
