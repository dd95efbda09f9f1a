"""Integration tests of DynamoDB streams and bucket notifications."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from local.runtime.invocation import InvocationResult
from local.services.asynchronous import AsynchronousInvoker
from local.services.bus import EventBus
from local.services.emulator import Emulator
from local.services.objects import BucketWatch
from local.services.provision import provision
from local.services.streams import StreamPollers, first_failed
from local.services.targets import Queues, Targets
from local.template import Physical, Template
from tests.factories.waiting import PATIENCE

pytestmark = pytest.mark.anyio


def function(name: str) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Handler": f"{name}.handler"}}


RESOURCES: dict[str, Any] = {
    "Reader": function("reader"),
    "Resizer": function("resizer"),
    "Lister": function("lister"),
    "Items": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    },
    "Source": {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Items", "StreamArn"]},
            "FunctionName": {"Ref": "Reader"},
            "StartingPosition": "TRIM_HORIZON",
            "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
        },
    },
    "Media": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "NotificationConfiguration": {
                "EventBridgeConfiguration": {"EventBridgeEnabled": True},
                "LambdaConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Function": {"Fn::GetAtt": ["Resizer", "Arn"]},
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "raw/"}]}},
                    }
                ],
            }
        },
    },
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Deleted"]},
            "Targets": [{"Arn": {"Fn::GetAtt": ["Lister", "Arn"]}}],
        },
    },
}


class Recorder:
    """Invoker that succeeds after the given number of errors."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.errors = 0
        self._called = asyncio.Condition()

    async def invoke(self, function: str, event: object) -> InvocationResult:
        async with self._called:
            self.calls.append((function, json.loads(json.dumps(event))))
            self._called.notify_all()
        self.errors -= 1
        error = "Error" if self.errors >= 0 else None
        return InvocationResult("1", None, error, "", (), 0.0)

    async def events(self, function: str, count: int) -> list[Any]:
        def found() -> list[Any]:
            return [event for name, event in self.calls if name == function]

        async with asyncio.timeout(PATIENCE), self._called:
            await self._called.wait_for(lambda: len(found()) >= count)
        return found()


class World:
    def __init__(self, emulator: Emulator) -> None:
        self.recorder = Recorder()
        template = Template.from_templates(**{f"T{uuid4().hex[:10]}": {"Resources": RESOURCES}})
        physical = Physical(region=emulator.region)
        made = provision(template, emulator, physical)
        self.names = {one.label: one.name for one in made}
        resolver = template.resolver(physical)
        send = Queues(emulator.client("sqs"), resolver).send
        invoker = AsynchronousInvoker(self.recorder, template.functions, send)
        targets = Targets(template, resolver, send, invoker)
        bus = EventBus(template, physical, targets)
        self.streams = StreamPollers(template, physical, emulator.client, self.recorder, send)
        self.watch = BucketWatch(template, physical, emulator.client, targets, bus)
        self.dynamodb, self.s3 = emulator.client("dynamodb"), emulator.client("s3")


@pytest.fixture
async def world(emulator: Emulator) -> AsyncIterator[World]:
    world = World(emulator)
    world.streams.start()
    await world.watch.start()
    yield world
    await world.streams.stop()
    await world.watch.stop()


async def test_stream_records_matching_filter_reach_function(
    world: World,
) -> None:
    table = world.names["Items"]
    item = {"id": {"S": "a"}, "data": {"B": b"\x00\xff"}}
    await asyncio.to_thread(lambda: world.dynamodb.put_item(TableName=table, Item=item))
    await asyncio.to_thread(
        lambda: world.dynamodb.delete_item(TableName=table, Key={"id": item["id"]})
    )
    (event,) = await world.recorder.events("Reader", 1)
    (record,) = event["Records"]
    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["eventSourceARN"].endswith(table) or table in record["eventSourceARN"]
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "data": {"B": "AP8="}}


async def test_failed_stream_batch_is_retried(world: World) -> None:
    world.recorder.errors = 1
    item = {"id": {"S": "b"}}
    await asyncio.to_thread(
        lambda: world.dynamodb.put_item(TableName=world.names["Items"], Item=item)
    )
    first, second = await world.recorder.events("Reader", 2)
    assert first == second


async def test_object_events_reach_functions_by_prefix_and_the_bus(world: World) -> None:
    def change() -> None:
        bucket = world.names["Media"]
        world.s3.put_object(Bucket=bucket, Key="other/x.png", Body=b"1")
        world.s3.put_object(Bucket=bucket, Key="raw/my photo.png", Body=b"12")
        world.s3.delete_object(Bucket=bucket, Key="other/x.png")

    await asyncio.to_thread(change)
    (created,) = await world.recorder.events("Resizer", 1)
    assert created["Records"][0]["s3"]["object"]["key"] == "raw/my+photo.png"
    (deleted,) = await world.recorder.events("Lister", 1)
    assert deleted["detail"]["object"]["key"] == "other/x.png"
    assert deleted["detail"]["bucket"]["name"] == world.names["Media"]


def test_stream_partial_failure_resumes_at_first_failure() -> None:
    records = [{"dynamodb": {"SequenceNumber": str(number)}} for number in range(4)]

    def resumed(payload: object, error: str | None = None) -> int:
        return first_failed(
            InvocationResult("1", payload, error, "", (), 0.0), records, partial=True
        )

    assert resumed(None) == 4
    assert resumed({"batchItemFailures": []}) == 4
    assert resumed({"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "1"}]}) == 1
    assert resumed({"batchItemFailures": [{"itemIdentifier": "x"}]}) == 0
    assert resumed(None, "Error") == 0
