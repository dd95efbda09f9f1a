"""Sending what the outbox still holds: scheduled every minute, safe beside itself."""

from __future__ import annotations

from typing import Any

from kit.db import Database
from kit.observability import count, logger, metrics
from kit.outbox import EventBusClient, relay

database = Database.from_environment()


@metrics().log_metrics
def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Send the events that their own requests could not send; return how many left and how many were refused."""
    outcome = relay(database, EventBusClient(pause_seconds=0))
    count("EventsRelayed", outcome["sent"])
    count("EventsRefused", outcome["refused"])
    logger().info("relayed", extra=outcome)
    return outcome
