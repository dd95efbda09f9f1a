"""The outbox: events are rows of the transaction that made them true, and leave afterwards.

After the commit the same request sends them (milliseconds); what it could not send, because it died or the bus was
away, the relay sends within a minute or two. So an event is delivered at least once, and consumers count ids.

One event must never hold back the others, even if its call to the bus always times out. So the relay postpones rows
before it publishes them, in a transaction of its own: whatever publishing raises, and even if Lambda ends the function
meanwhile, the next run begins with other rows.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kit.observability import log_failure, logger
from kit.settings import env_required

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from kit.db import Database, UnitOfWork
    from kit.events import Event

BATCH = 10
"""Entries that one PutEvents call takes."""
PUBLISH_SECONDS = 3.0
"""After so long a publisher begins no further call: a request waits for it, and the relay sends the rest."""
PAUSE_SECONDS = 30.0
"""How long a publisher makes no call after one that the bus did not answer."""
RELAY_SECONDS = 25.0
"""After so long a run of the relay begins no further call, so that Lambda does not end it halfway."""
_MOST_FAILURES = 3
"""After so many calls in succession that took nothing, the bus is away: the next run tries again."""

_INSERT = """
INSERT INTO outbox.messages (id, source, type, envelope)
VALUES (%(id)s, %(source)s, %(type)s, %(envelope)s)
"""
_MARK_SENT = "UPDATE outbox.messages SET sent_at = now() WHERE id = ANY(%s) AND sent_at IS NULL"
# A younger row is about to be sent by the request that wrote it. Rows that have failed come after those that have not.
_DUE = """
SELECT id, source, type, envelope FROM outbox.messages
WHERE sent_at IS NULL AND next_attempt_at <= now() AND created_at < now() - interval '10 seconds'
  AND id <> ALL(%s)
ORDER BY attempts, created_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_RESCHEDULE = """
UPDATE outbox.messages
SET attempts = attempts + 1,
    next_attempt_at = now() + least(interval '1 hour', interval '15 seconds' * 2 ^ least(attempts, 10))
WHERE id = ANY(%s)
"""
_DELETE_SENT = "DELETE FROM outbox.messages WHERE sent_at < now() - interval '7 days'"
# Far longer than any queue keeps an event.
_DELETE_PROCESSED = "DELETE FROM outbox.processed WHERE processed_at < now() - interval '90 days'"


class EventBusClient:
    """Puts envelopes on the EventBridge bus that `EVENT_BUS_NAME` names.

    After a call that the bus did not answer it makes none for `pause_seconds`: a sweep or a batch of messages commits
    many transactions, and waiting after each of them would outlast the function.
    """

    def __init__(
        self, pause_seconds: float = PAUSE_SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause_seconds = pause_seconds
        self._now = now
        self._paused_until = float("-inf")

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Send `rows` (id, source, type, envelope); return the ids that the bus took.

        Never raises for a bus that is away: the rows stay for the relay.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        taken: list[UUID] = []
        batches = deque(rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
        begun = self._now()
        if begun < self._paused_until:
            return taken
        while batches and self._now() < begun + PUBLISH_SECONDS:
            batch = batches.popleft()
            try:
                taken += _put(batch)
            except (BotoCoreError, ClientError) as error:
                if isinstance(error, ClientError) and _is_too_large(error):
                    # Together they are too large, or one is: that one must not hold back its neighbours.
                    if len(batch) > 1:
                        batches.extendleft([row] for row in reversed(batch))
                    else:
                        logger().warning("event refused by the bus", event_id=str(batch[0]["id"]))
                    continue
                logger().warning("bus out of reach, events wait", error=type(error).__name__)
                self._paused_until = self._now() + self._pause_seconds
                break
        return taken


def _put(rows: Sequence[dict[str, Any]]) -> list[UUID]:
    """Put at most `BATCH` rows on the bus in one call; return the ids that it took."""
    from kit.aws import client

    bus = env_required("EVENT_BUS_NAME")
    entries: list[PutEventsRequestEntryTypeDef] = [
        {
            "EventBusName": bus,
            "Source": row["source"],
            "DetailType": row["type"],
            "Detail": json.dumps(row["envelope"], separators=(",", ":")),
        }
        for row in rows
    ]
    answers = client("events").put_events(Entries=entries)["Entries"]
    return [
        row["id"] for row, answer in zip(rows, answers, strict=True) if not answer.get("ErrorCode")
    ]


def _is_too_large(error: ClientError) -> bool:
    return error.response["Error"]["Code"] in {"ValidationException", "413"}


class Outbox:
    """The outbox of one unit of work."""

    def __init__(self, work: UnitOfWork, publisher: EventBusClient | None) -> None:
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
        self._work.execute(_INSERT, {**row, "envelope": json.dumps(envelope)})
        if not self._added:
            self._work.after_commit(self._send)
        self._added.append(row)

    def _send(self) -> None:
        if self._publisher is None:
            return
        try:
            taken = self._publisher.publish(self._added)
            if taken:
                self._work.execute(_MARK_SENT, (taken,))
                self._work.commit()
        except Exception as error:
            # The answer is already decided by the commit; the relay takes over.
            log_failure("events not sent after commit", error)
            self._work.rollback()


def relay(
    database: Database,
    publisher: EventBusClient,
    *,
    batches: int = 50,
    seconds: float = RELAY_SECONDS,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Send the rows that are due; return how many were sent, and how many were tried and wait for another run.

    Safe beside itself (SKIP LOCKED). Sent rows are forgotten after seven days, consumers' memories after ninety.
    """
    run = _RelayRun(database, publisher, now() + seconds, now)
    for _ in range(batches):
        if run.is_over() or not run.send_next_batch():
            break
    with database.transaction() as work:
        work.execute(_DELETE_SENT)
        work.execute(_DELETE_PROCESSED)
    return {"sent": len(run.sent), "refused": len(run.tried - run.sent)}


class _RelayRun:
    """One run of the relay: it tries a row once in a batch and, if the whole batch failed, once alone."""

    def __init__(
        self,
        database: Database,
        publisher: EventBusClient,
        deadline: float,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._deadline = deadline
        self._now = now
        self._failures = 0
        self.tried: set[UUID] = set()
        self.sent: set[UUID] = set()

    def is_over(self) -> bool:
        """Tell whether the time is up or the bus is away."""
        return self._failures >= _MOST_FAILURES or self._now() >= self._deadline

    def send_next_batch(self) -> bool:
        """Send the next rows that are due; tell whether there may be more."""
        with self._database.transaction() as work:
            rows = work.execute(_DUE, (list(self.tried), BATCH)).fetchall()
            self._reschedule(work, rows)
        if rows and not self._publish(rows) and len(rows) > 1:
            # Too large together, timed out, or worse: any of the rows may be the reason.
            self._send_one_by_one(rows)
        return len(rows) == BATCH

    def _send_one_by_one(self, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            if self.is_over():
                return
            with self._database.transaction() as work:
                self._reschedule(work, [row])
            self._publish([row])

    def _reschedule(self, work: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
        ids = [row["id"] for row in rows]
        work.execute(_RESCHEDULE, (ids,))
        self.tried.update(ids)

    def _publish(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Publish rows that are postponed already; tell whether the bus took any of them."""
        taken: list[UUID] = []
        try:
            taken = self._publisher.publish(rows)
        except Exception as error:
            log_failure("events not sent by the relay", error)
        if taken:
            with self._database.transaction() as work:
                work.execute(_MARK_SENT, (taken,))
        self.sent.update(taken)
        self._failures = 0 if taken else self._failures + 1
        return bool(taken)
