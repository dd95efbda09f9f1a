"""Scheduled relay of the events left in the outbox: every minute, runs may overlap."""

from __future__ import annotations

from typing import Any

from kit.db import Database
from kit.observability import count, logger, metrics
from kit.outbox import EventBusClient, relay

database = Database.from_environment()


@metrics().log_metrics
def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Publish the events that their own requests could not publish; return the numbers of sent and refused events."""
    result = relay(database.transaction, EventBusClient(pause_seconds=0))
    count("EventsRelayed", result["sent"])
    count("EventsRefused", result["refused"])
    logger().info("relayed", extra=result)
    return result
