"""Transactional outbox: events are stored in the transaction of the change, and published after the commit.

After the commit the same request publishes the events (milliseconds). If that fails, because the function was ended or
the bus was unreachable, the relay publishes within a minute or two. So an event is delivered at least once, and
consumers store the ids of processed events.

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

    from kit.events import Event
    from kit.transaction import BeginTransaction, Transaction

BATCH = 10
"""Most entries of one PutEvents call."""
PUBLISH_SECONDS = 3.0
"""The time after which a publish begins no further call: a request waits for it, and the relay sends the rest."""
PAUSE_SECONDS = 30.0
"""The time without calls after a call that the bus did not answer."""
RELAY_SECONDS = 25.0
"""The time after which a relay run begins no further call, so that Lambda does not end it halfway."""
_MAX_FAILURES = 3
"""Consecutive calls that published nothing, after which the bus counts as unreachable until the next run."""

_INSERT = """
INSERT INTO outbox.messages (id, source, type, envelope)
VALUES (%(id)s, %(source)s, %(type)s, %(envelope)s)
"""
_MARK_SENT = "UPDATE outbox.messages SET sent_at = now() WHERE id = ANY(%s) AND sent_at IS NULL"
# A younger row is being published by the request that wrote it. Rows that have failed come after those that have not.
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
# Far longer than the retention of any queue.
_DELETE_PROCESSED = "DELETE FROM outbox.processed WHERE processed_at < now() - interval '90 days'"


class EventBusClient:
    """Publisher of envelopes to the EventBridge bus of `EVENT_BUS_NAME`.

    After a call that the bus did not answer, no call is made for `pause_seconds`: a job or a batch of messages commits
    many transactions, and waiting after each of them would outlast the function.
    """

    def __init__(
        self, pause_seconds: float = PAUSE_SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause_seconds = pause_seconds
        self._now = now
        self._paused_until = float("-inf")

    def publish(self, rows: Sequence[dict[str, Any]]) -> list[UUID]:
        """Publish `rows` (id, source, type, envelope); return the ids that the bus accepted.

        Never raises for an unreachable bus: the rows stay for the relay.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        accepted: list[UUID] = []
        batches = deque(rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
        started = self._now()
        if started < self._paused_until:
            return accepted
        while batches and self._now() < started + PUBLISH_SECONDS:
            batch = batches.popleft()
            try:
                accepted += _put(batch)
            except (BotoCoreError, ClientError) as error:
                if isinstance(error, ClientError) and _is_too_large(error):
                    # The batch or one of its events is too large: that event must not hold back the others.
                    if len(batch) > 1:
                        batches.extendleft([row] for row in reversed(batch))
                    else:
                        logger().warning("event refused by the bus", event_id=str(batch[0]["id"]))
                    continue
                logger().warning("bus out of reach, events wait", error=type(error).__name__)
                self._paused_until = self._now() + self._pause_seconds
                break
        return accepted


def _put(rows: Sequence[dict[str, Any]]) -> list[UUID]:
    """Publish at most `BATCH` rows in one call; return the ids that the bus accepted."""
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
    """Outbox of one unit of work."""

    def __init__(self, work: Transaction, publisher: EventBusClient | None) -> None:
        self._work = work
        self._publisher = publisher
        self._added: list[dict[str, Any]] = []

    def add(self, event: Event) -> None:
        """Store `event` in this transaction; it is published once the transaction is committed."""
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
            accepted = self._publisher.publish(self._added)
            if accepted:
                self._work.execute(_MARK_SENT, (accepted,))
                self._work.commit()
        except Exception as error:
            # The commit has already decided the response; the relay publishes the events.
            log_failure("events not sent after commit", error)
            self._work.rollback()


def relay(
    transaction: BeginTransaction,
    publisher: EventBusClient,
    *,
    batches: int = 50,
    seconds: float = RELAY_SECONDS,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Publish the rows that are due; return the numbers of sent and of refused rows, which wait for another run.

    Several runs may overlap (SKIP LOCKED). Sent rows are deleted after 7 days, ids of processed events after 90.
    """
    run = _RelayRun(transaction, publisher, now() + seconds, now)
    for _ in range(batches):
        if run.is_over() or not run.send_next_batch():
            break
    with transaction() as work:
        work.execute(_DELETE_SENT)
        work.execute(_DELETE_PROCESSED)
    return {"sent": len(run.sent), "refused": len(run.tried - run.sent)}


class _RelayRun:
    """One run of the relay: tries a row once in a batch and, if the whole batch failed, once alone."""

    def __init__(
        self,
        transaction: BeginTransaction,
        publisher: EventBusClient,
        deadline: float,
        now: Callable[[], float],
    ) -> None:
        self._transaction = transaction
        self._publisher = publisher
        self._deadline = deadline
        self._now = now
        self._failures = 0
        self.tried: set[UUID] = set()
        self.sent: set[UUID] = set()

    def is_over(self) -> bool:
        """Tell whether the time is over or the bus is unreachable."""
        return self._failures >= _MAX_FAILURES or self._now() >= self._deadline

    def send_next_batch(self) -> bool:
        """Publish the next rows that are due; tell whether there may be more."""
        with self._transaction() as work:
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
            with self._transaction() as work:
                self._reschedule(work, [row])
            self._publish([row])

    def _reschedule(self, work: Transaction, rows: Sequence[dict[str, Any]]) -> None:
        ids = [row["id"] for row in rows]
        work.execute(_RESCHEDULE, (ids,))
        self.tried.update(ids)

    def _publish(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Publish rows that are rescheduled already; tell whether the bus accepted any of them."""
        accepted: list[UUID] = []
        try:
            accepted = self._publisher.publish(rows)
        except Exception as error:
            log_failure("events not sent by the relay", error)
        if accepted:
            with self._transaction() as work:
                work.execute(_MARK_SENT, (accepted,))
        self.sent.update(accepted)
        self._failures = 0 if accepted else self._failures + 1
        return bool(accepted)
