"""Consumption of events (EventBridge -> SQS -> function), each event processed once.

The event's id is stored in the transaction of its effect, so that an event delivered twice has one effect. A record
that fails is reported alone, so that the rest of its batch is not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit.observability import log_failure, logger

if TYPE_CHECKING:
    from kit.db import Database, UnitOfWork

type Envelope = dict[str, Any]
type LambdaHandler = Callable[[dict[str, Any], Any], Any]

_INSERT_PROCESSED = """
INSERT INTO outbox.processed (consumer, event_id) VALUES (%s, %s) ON CONFLICT DO NOTHING
RETURNING event_id
"""


def already_processed(work: UnitOfWork, consumer: str, event_id: UUID) -> bool:
    """Tell whether `consumer` has processed this event; record it, in the same transaction, if not."""
    return work.execute(_INSERT_PROCESSED, (consumer, event_id)).fetchone() is None


def batch_handler(
    database: Callable[[], Database],
    consumer: str,
    handle: Callable[[UnitOfWork, Envelope], None],
) -> LambdaHandler:
    """Return the Lambda handler of an SQS queue fed by a bus rule.

    `handle` gets the unit of work and the envelope ({id, type, version, occurredAt, data}); after an exception the
    record is delivered again, and at last moved to the dead-letter queue.
    """

    def process(record: dict[str, Any]) -> None:
        envelope: Envelope = json.loads(record["body"])["detail"]
        event_id = UUID(envelope["id"])

        def use_case(work: UnitOfWork) -> None:
            if already_processed(work, consumer, event_id):
                logger().info("event already processed", event_id=str(event_id))
            else:
                handle(work, envelope)

        database().run(use_case)

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        failures = []
        for record in event["Records"]:
            try:
                process(record)
            except Exception as error:
                log_failure("record failed", error, message_id=record["messageId"])
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    return handler
