"""The outbox: events are rows of the transaction that made them true, and leave afterwards.

After the commit the same request sends them (milliseconds); what it could not send, because it died or the bus was
away, the relay sends within a minute or two. So an event is delivered at least once, and consumers count ids.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit.observability import log_failure, logger
from kit.settings import required

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from kit.db import Database, UnitOfWork
    from kit.events import Event

BATCH = 10
"""Entries that one PutEvents call takes."""

_ADD = """
INSERT INTO outbox.messages (id, source, type, envelope)
VALUES (%(id)s, %(source)s, %(type)s, %(envelope)s)
"""
_MARK = "UPDATE outbox.messages SET sent_at = now() WHERE id = ANY(%s) AND sent_at IS NULL"
# A younger row is about to be sent by the request that wrote it.
_DUE = """
SELECT id, source, type, envelope FROM outbox.messages
WHERE sent_at IS NULL AND next_attempt_at <= now() AND created_at < now() - interval '10 seconds'
ORDER BY created_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_POSTPONE = """
UPDATE outbox.messages
SET attempts = attempts + 1,
    next_attempt_at = now() + least(interval '1 hour', interval '15 seconds' * 2 ^ least(attempts, 10))
WHERE id = ANY(%s)
"""
_FORGET = "DELETE FROM outbox.messages WHERE sent_at < now() - interval '7 days'"
# Far longer than any queue keeps an event.
_FORGET_PROCESSED = "DELETE FROM outbox.processed WHERE processed_at < now() - interval '90 days'"


class Publisher:
    """Puts envelopes on the EventBridge bus that `EVENT_BUS_NAME` names."""

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Send `rows` (id, source, type, envelope); return the ids that the bus took.

        Never raises for a bus that is away: the rows stay for the relay.
        """
        taken: list[UUID] = []
        for start in range(0, len(rows), BATCH):
            taken += self._publish_batch(rows[start : start + BATCH])
        return taken

    def _publish_batch(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        from botocore.exceptions import BotoCoreError, ClientError

        from kit.aws import client

        bus = required("EVENT_BUS_NAME")
        entries: list[PutEventsRequestEntryTypeDef] = [
            {
                "EventBusName": bus,
                "Source": row["source"],
                "DetailType": row["type"],
                "Detail": json.dumps(row["envelope"], separators=(",", ":")),
            }
            for row in rows
        ]
        try:
            answers = client("events").put_events(Entries=entries)["Entries"]
        except (BotoCoreError, ClientError) as error:
            if len(rows) > 1 and _is_too_much(error):
                # Together they are too large, or one is: that one must not hold back its neighbours.
                return [taken for row in rows for taken in self._publish_batch([row])]
            logger().warning("bus out of reach, events wait", error=type(error).__name__)
            return []
        return [
            row["id"]
            for row, answer in zip(rows, answers, strict=True)
            if not answer.get("ErrorCode")
        ]


def _is_too_much(error: Exception) -> bool:
    answer: dict[str, Any] = getattr(error, "response", {})
    return answer.get("Error", {}).get("Code") in {"ValidationException", "413"}


class Outbox:
    """The outbox of one unit of work."""

    def __init__(self, work: UnitOfWork, publisher: Publisher | None) -> None:
        self._work = work
        self._publisher = publisher
        self._added: list[dict[str, Any]] = []

    def add(self, event: Event) -> None:
        """Record `event` in this transaction; it leaves when the transaction is committed."""
        envelope = event.envelope()
        row = {
            "id": event.id,
            "source": event.source,
            "type": event.event_type(),
            "envelope": envelope,
        }
        self._work.execute(_ADD, {**row, "envelope": json.dumps(envelope)})
        if not self._added:
            self._work.after_commit(self._send)
        self._added.append(row)

    def _send(self) -> None:
        if self._publisher is None:
            return
        try:
            taken = self._publisher.publish(self._added)
            if taken:
                self._work.execute(_MARK, (taken,))
                self._work.commit()
        except Exception as error:
            # The answer is already decided by the commit; the relay takes over.
            log_failure("events not sent after commit", error)
            self._work.rollback()


def relay(database: Database, publisher: Publisher, *, batches: int = 50) -> dict[str, int]:
    """Send what is due, oldest first; return how many were sent and how many the bus refused.

    Safe beside itself (SKIP LOCKED). Sent rows are forgotten after seven days, consumers' memories after ninety.
    """
    sent = refused = 0
    for _ in range(batches):
        with database.transaction() as work:
            rows = work.execute(_DUE, (BATCH,)).fetchall()
            taken = publisher.publish(rows)
            work.execute(_MARK, (taken,))
            left = [row["id"] for row in rows if row["id"] not in set(taken)]
            work.execute(_POSTPONE, (left,))
        sent, refused = sent + len(taken), refused + len(left)
        if len(rows) < BATCH or left:
            break
    with database.transaction() as work:
        work.execute(_FORGET)
        work.execute(_FORGET_PROCESSED)
    return {"sent": sent, "refused": refused}
