"""S3 notifications: to functions, to queues, and to the default event bus.

The emulator puts every change of a watched bucket into an internal queue; from there it is
delivered to the template's targets. So a change waits on disk until it is delivered.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from local.services.bus import EventBus
from local.services.provision.context import ClientFactory
from local.services.targets import Targets
from local.template import Physical, Resource, Template, Value
from local.template.specs import Bucket, Target

__all__ = ["BucketWatch", "Subscription", "subscriptions"]

_LOG = logging.getLogger(__name__)
_LONG_POLL = 10
_DETAIL_TYPES = {"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted"}
# The bucket's own property and the CDK's custom resource have different keys for the same settings.
_TARGETS = ("Function", "Queue", "LambdaFunctionArn", "QueueArn")


@dataclass(frozen=True)
class Subscription:
    """Subscription of a target to changes of a bucket."""

    events: tuple[str, ...]  # patterns without "s3:", e.g. ObjectCreated:*
    target: Target
    prefix: str = ""
    suffix: str = ""

    def matches(self, name: str, key: str) -> bool:
        """Tell whether the subscription includes a change of an object."""
        named = any(fnmatchcase(name, pattern) for pattern in self.events)
        return named and key.startswith(self.prefix) and key.endswith(self.suffix)


def subscriptions(template: Template, bucket: Bucket) -> list[Subscription]:
    """Return a bucket's notifications to functions and queues."""
    found = list(_read(template, bucket.resource, bucket.notifications))
    for custom in template.resources("Custom::S3BucketNotifications"):
        if template.assembly.trace(custom, custom.properties["BucketName"]) is bucket.resource:
            found += _read(template, custom, custom.properties["NotificationConfiguration"])
    return found


def _read(
    template: Template, owner: Resource, configuration: Mapping[str, Value]
) -> Iterator[Subscription]:
    for kind in configuration.values():
        for entry in kind if isinstance(kind, list) else ():
            target = next(entry[name] for name in _TARGETS if name in entry)
            events = entry.get("Events") or [entry["Event"]]
            affixes = {rule["Name"].lower(): rule["Value"] for rule in _rules(entry)}
            yield Subscription(
                tuple(event.removeprefix("s3:") for event in events),
                Target(template.assembly.trace(owner, target)),
                affixes.get("prefix", ""),
                affixes.get("suffix", ""),
            )


def _rules(entry: Mapping[str, Value]) -> list[Mapping[str, str]]:
    key = entry.get("Filter", {})
    inner = key.get("S3Key") or key.get("Key") or {}
    return list(inner.get("Rules") or inner.get("FilterRules") or ())


class BucketWatch:
    """Watcher that delivers the changes of every subscribed bucket."""

    def __init__(
        self,
        template: Template,
        physical: Physical,
        client: ClientFactory,
        targets: Targets,
        bus: EventBus,
    ) -> None:
        self._physical = physical
        self._client = client
        self._targets = targets
        self._bus = bus
        self._task: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="poll-s3")
        resolver = template.resolver(physical)
        self._buckets: dict[str, tuple[Bucket, list[Subscription]]] = {}
        for bucket in template.buckets:
            found = subscriptions(template, bucket)
            for subscription in found:
                targets.check(bucket.resource, subscription.target)
            if found or bucket.event_bridge:
                self._buckets[resolver.physical(bucket.resource).ref] = (bucket, found)

    async def start(self) -> None:
        """Subscribe to changes in the emulator, and begin to deliver them."""
        if self._buckets:
            self._task = asyncio.create_task(self._watch(await asyncio.to_thread(self._subscribe)))

    async def stop(self) -> None:
        """Stop delivering; waiting changes are delivered after the next start."""
        if self._task is not None:
            self._task.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)
            await asyncio.gather(self._task, return_exceptions=True)

    def _subscribe(self) -> str:
        sqs, s3 = self._client("sqs"), self._client("s3")
        digest = hashlib.sha256("\0".join(sorted(self._buckets)).encode()).hexdigest()
        name = f"local-s3-notifications-{digest[:10]}"
        url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
        watched = {
            "QueueArn": self._physical.arn("sqs", name),
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
        }
        for bucket in self._buckets:
            s3.put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [watched]}
            )
        return url

    async def _watch(self, queue: str) -> None:
        sqs = self._client("sqs")
        loop = asyncio.get_running_loop()
        receive = partial(
            sqs.receive_message,
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=_LONG_POLL,
        )
        while True:
            try:
                answer = await loop.run_in_executor(self._threads, receive)
                for message in answer.get("Messages", ()):
                    for record in json.loads(message["Body"]).get("Records", ()):
                        await self._deliver(record)
                    await asyncio.to_thread(
                        sqs.delete_message,
                        QueueUrl=queue,
                        ReceiptHandle=message["ReceiptHandle"],
                    )
            except Exception as error:
                _LOG.warning("cannot deliver changes of buckets: %s", error)
                await asyncio.sleep(1)

    async def _deliver(self, record: Mapping[str, Any]) -> None:
        bucket, found = self._buckets[record["s3"]["bucket"]["name"]]
        name, key = record["eventName"], unquote_plus(record["s3"]["object"]["key"])
        for subscription in found:
            if subscription.matches(name, key):
                await self._targets.deliver(subscription.target, {"Records": [record]})
        if bucket.event_bridge:
            await self._bus.publish("default", self._bus_event(record, name, key))

    def _bus_event(self, record: Mapping[str, Any], name: str, key: str) -> dict[str, Any]:
        kind, _, reason = name.partition(":")
        described = record["s3"]["object"]
        return {
            "version": "0",
            "id": described["sequencer"],
            "detail-type": _DETAIL_TYPES[kind],
            "source": "aws.s3",
            "account": self._physical.account,
            "time": record["eventTime"],
            "region": self._physical.region,
            "resources": [record["s3"]["bucket"]["arn"]],
            "detail": {
                "version": "0",
                "bucket": {"name": record["s3"]["bucket"]["name"]},
                "object": {
                    "key": key,
                    "size": described.get("size", 0),
                    "etag": described.get("eTag", ""),
                    "sequencer": described["sequencer"],
                },
                "request-id": record["responseElements"]["x-amz-request-id"],
                "requester": self._physical.account,
                "source-ip-address": record["requestParameters"]["sourceIPAddress"],
                "reason": f"{reason}Object",
            },
        }
