"""SQS event sources: polling of a queue and invocation of its function with batches, as in Lambda.

Messages that the function does not report as failed are deleted; the others become visible again
after the queue's visibility timeout and, received too often, move to the dead-letter queue by the
queue's own policy.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from local.runtime.invocation import InvocationResult, Invoker, TooManyRequestsError
from local.services import patterns
from local.template import Physical, Resolver, Template
from local.template.specs import EventSource

__all__ = ["QueuePollers", "failed_messages"]

type Received = Mapping[str, Any]

_LOG = logging.getLogger(__name__)
_LONG_POLL = 10  # seconds; the queue answers at once when something arrives
_RECEIVE_MOST = 10
_CONCURRENT_BATCHES = 2
_AFTER_TROUBLE = 1.0


class QueuePollers:
    """Pollers, one task per queue with a function."""

    def __init__(
        self, template: Template, physical: Physical, client: Any, invoker: Invoker
    ) -> None:
        """`client` is a boto3 SQS client."""
        resolver = template.resolver(physical)
        self._pollers = [
            _Poller(source, physical, resolver, client, invoker)
            for source in template.event_sources
            if source.source.type == "AWS::SQS::Queue" and source.enabled
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to poll."""
        self._tasks = [asyncio.create_task(poller.run()) for poller in self._pollers]

    async def stop(self) -> None:
        """Stop polling; running batches are cancelled and delivered again later."""
        for task in self._tasks:
            task.cancel()
        for poller in self._pollers:
            poller.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Poller:
    def __init__(
        self,
        source: EventSource,
        physical: Physical,
        resolver: Resolver,
        client: Any,
        invoker: Invoker,
    ) -> None:
        queue = resolver.physical(source.source)
        self._source = source
        self._url, self._arn = queue.ref, queue.attributes["Arn"]
        self._region = physical.region
        self._client = client
        self._invoker = invoker
        self._filters = [json.loads(one["Pattern"]) for one in source.filters]
        for pattern in self._filters:
            patterns.check(pattern)
        fifo = self._url.endswith(".fifo")
        self._batches = asyncio.Semaphore(
            1 if fifo else (source.max_concurrency or _CONCURRENT_BATCHES)
        )
        # A long poll blocks its thread, so that each poller has its own.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=f"poll-{source.function}")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._batches.acquire()
                batch = await self._collect()
                task = asyncio.create_task(self._handle(batch))
                running.add(task)
                task.add_done_callback(running.discard)
                task.add_done_callback(lambda _: self._batches.release())
        finally:
            for task in running:
                task.cancel()

    async def _collect(self) -> list[Received]:
        """Wait for a message, then for a fuller batch during the source's window."""
        batch: list[Received] = []
        while not batch:
            batch = await self._receive(self._source.batch_size, _LONG_POLL)
        deadline = time.monotonic() + self._source.window
        while len(batch) < self._source.batch_size:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            wait = min(int(left), _LONG_POLL)
            more = await self._receive(self._source.batch_size - len(batch), wait)
            batch += more
            if not more and wait == 0:
                await asyncio.sleep(min(left, 0.1))
        return batch

    async def _receive(self, wanted: int, wait: int) -> list[Received]:
        try:
            answer = await self._call(
                self._client.receive_message,
                MaxNumberOfMessages=min(wanted, _RECEIVE_MOST),
                WaitTimeSeconds=wait,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except Exception as error:
            _LOG.warning("cannot poll %s: %s", self._arn, error)
            await asyncio.sleep(_AFTER_TROUBLE)
            return []
        return list(answer.get("Messages", ()))

    async def _handle(self, batch: list[Received]) -> None:
        wanted = [message for message in batch if self._matches_filter(message)]
        done = [message for message in batch if message not in wanted]
        if wanted:
            event = {"Records": [self._record(message) for message in wanted]}
            try:
                result = await self._invoker.invoke(self._source.function, event)
            except TooManyRequestsError:
                failed = {message["MessageId"] for message in wanted}
            else:
                failed = failed_messages(result, wanted, partial=self._source.partial_failures)
            done += [message for message in wanted if message["MessageId"] not in failed]
        for message in done:
            await self._delete(message)

    async def _delete(self, message: Received) -> None:
        try:
            await self._call(self._client.delete_message, ReceiptHandle=message["ReceiptHandle"])
        except Exception as error:
            _LOG.warning("cannot delete from %s, it will come again: %s", self._arn, error)

    async def _call(self, operation: Any, **arguments: object) -> Any:
        call = partial(operation, QueueUrl=self._url, **arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _matches_filter(self, message: Received) -> bool:
        """Tell whether the source's filters accept the message; Lambda drops the others."""
        if not self._filters:
            return True
        record = self._record(message)
        with contextlib.suppress(ValueError):
            record["body"] = json.loads(record["body"])
        return any(patterns.matches(pattern, record) for pattern in self._filters)

    def _record(self, message: Received) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {f"{key[0].lower()}{key[1:]}": item for key, item in value.items()}
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": self._region,
        }


def failed_messages(
    result: InvocationResult, batch: Sequence[Received], *, partial: bool
) -> set[str]:
    """Return the ids of failed messages: all of them on an error or a malformed result."""
    everything = {message["MessageId"] for message in batch}
    if not result.ok:
        return everything
    if not partial or not result.payload:
        return set()
    try:
        items = result.payload.get("batchItemFailures") or []
        named = {item["itemIdentifier"] for item in items}
    except (AttributeError, KeyError, TypeError):
        return everything
    return named if named.issubset(everything) else everything
