"""DynamoDB streams as event sources: a table's records invoke its function in order.

A failed batch is retried, as often as the source says, before newer records are read. Unread
records are lost when the local cloud stops: the emulator holds streams in memory, AWS keeps them
for a day.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from local.runtime.invocation import InvocationResult, Invoker, TooManyRequestsError
from local.services import patterns
from local.services.asynchronous import SendToQueue
from local.services.provision.context import ClientFactory
from local.template import Physical, PhysicalResource, Template, TemplateError
from local.template.specs import EventSource

__all__ = ["StreamPollers", "first_failed"]

type Record = dict[str, Any]

_LOG = logging.getLogger(__name__)
_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
_PAUSE = 0.2
_AFTER_FAILURE = 1.0
_ENDLESS = 10_000  # AWS gives up when records are a day old


class StreamPollers:
    """Pollers, one task per table whose stream has a function."""

    def __init__(
        self,
        template: Template,
        physical: Physical,
        client: ClientFactory,
        invoker: Invoker,
        send: SendToQueue,
    ) -> None:
        resolver = template.resolver(physical)
        sources = [
            source
            for source in template.event_sources
            if source.source.type in _TABLES and source.enabled
        ]
        streams = client("dynamodbstreams") if sources else None
        self._pollers = [
            _Poller(source, resolver.physical(source.source), streams, invoker, send)
            for source in sources
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to read."""
        self._tasks = [asyncio.create_task(poller.run()) for poller in self._pollers]

    async def stop(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Poller:
    def __init__(
        self,
        source: EventSource,
        table: PhysicalResource,
        client: Any,
        invoker: Invoker,
        send: SendToQueue,
    ) -> None:
        if "StreamArn" not in table.attributes:
            raise TemplateError(f"{source.resource} reads a stream that {source.source} has not")
        self._source = source
        self._arn = table.attributes["StreamArn"]
        self._client = client
        self._invoker = invoker
        self._send = send
        self._retries = source.retries if source.retries >= 0 else _ENDLESS
        self._filters = [json.loads(one["Pattern"]) for one in source.filters]
        for pattern in self._filters:
            patterns.check(pattern)

    async def run(self) -> None:
        iterator: str | None = None
        while True:
            try:
                iterator = iterator or await asyncio.to_thread(self._begin)
                answer = await asyncio.to_thread(
                    self._client.get_records, ShardIterator=iterator, Limit=self._source.batch_size
                )
            except Exception as error:
                _LOG.warning("cannot read the stream %s: %s", self._arn, error)
                await asyncio.sleep(_AFTER_FAILURE)
                continue
            iterator = answer.get("NextShardIterator")
            records = [self._record(record) for record in answer["Records"]]
            await self._handle([record for record in records if self._matches_filter(record)])
            if not records:
                await asyncio.sleep(_PAUSE)

    def _begin(self) -> str:
        """Return the shard iterator of the source's start position; the emulator has one shard."""
        stream = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]
        begin: str = self._client.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=stream["Shards"][-1]["ShardId"],
            ShardIteratorType=self._source.starting_position,
        )["ShardIterator"]
        return begin

    async def _handle(self, records: list[Record]) -> None:
        for _ in range(self._retries + 1):
            if not records:
                return
            try:
                result = await self._invoker.invoke(self._source.function, {"Records": records})
            except TooManyRequestsError:
                await asyncio.sleep(_AFTER_FAILURE)
                continue
            records = records[
                first_failed(result, records, partial=self._source.partial_failures) :
            ]
            if records:
                await asyncio.sleep(_AFTER_FAILURE)
        if records and self._source.on_failure is not None:
            lost = {"DDBStreamBatchInfo": {"streamArn": self._arn, "batchSize": len(records)}}
            await asyncio.to_thread(self._send, self._source.on_failure, json.dumps(lost))

    def _matches_filter(self, record: Record) -> bool:
        return not self._filters or any(patterns.matches(one, record) for one in self._filters)

    def _record(self, record: Mapping[str, Any]) -> Record:
        plain: Record = _jsonable(record)
        return plain | {"eventSourceARN": self._arn}


def first_failed(result: InvocationResult, records: Sequence[Record], *, partial: bool) -> int:
    """Return the index of the first record to retry; the number of records if all succeeded."""
    if not result.ok:
        return 0
    if not partial or not result.payload:
        return len(records)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    try:
        failures = result.payload.get("batchItemFailures") or []
        return min((numbers.index(one["itemIdentifier"]) for one in failures), default=len(records))
    except (AttributeError, KeyError, TypeError, ValueError):
        return 0


def _jsonable(value: Any) -> Any:
    """Return a value parsed by boto3 as JSON: bytes as base64, times as seconds."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case dict():
            return {key: _jsonable(item) for key, item in value.items()}
        case list() | set():
            return [_jsonable(item) for item in value]
    return value
