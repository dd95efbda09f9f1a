"""Bus -> rule -> queue -> function, with the real SDK and the real runtime client."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.runtime.pool import Runtime
from local.servers import Server, reserve
from local.services.asynchronous import AsynchronousInvoker
from local.services.bus import EventBus
from local.services.emulator import Emulator
from local.services.provision import provision
from local.services.queues import QueuePollers
from local.services.targets import Queues, Targets
from local.template import Physical, Template
from tests.factories.waiting import PATIENCE, wait_until_async
from tests.integration.local.conftest import RuntimeFixture

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

# Reports the messages that say so as failed, by SQS's partial batch response.
WORKER = """
import json

def handler(event, context):
    if "Records" not in event:
        print("direct", event["detail"]["n"])
        return None
    bodies = [json.loads(record["body"]) for record in event["Records"]]
    print("batch", [body["detail"]["n"] for body in bodies])
    if any(body["detail"].get("crash") for body in bodies):
        raise RuntimeError("no")
    failed = [r["messageId"] for r, b in zip(event["Records"], bodies) if b["detail"].get("fail")]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""


def resources(bus: str) -> dict[str, Any]:
    def rule(detail_type: list[Any], target: str, **more: Any) -> dict[str, Any]:
        return {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": bus,
                "EventPattern": {"source": [{"prefix": "shop."}], "detail-type": detail_type},
                "Targets": [{"Arn": {"Fn::GetAtt": [target, "Arn"]}, **more}],
            },
        }

    return {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": bus}},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "work.handler"}},
        "Orders": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 8,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                    "maxReceiveCount": 2,
                },
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Inbox": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Source": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 1,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
        "ToQueue": rule(["OrderPlaced"], "Orders"),
        "ToInbox": rule(["Noted"], "Inbox", InputPath="$.detail"),
        "ToWorker": rule(["Direct"], "Worker"),
    }


class World:
    """Bus, queue with its poller, and function."""

    def __init__(self, emulator: Emulator, runtime_fixture: RuntimeFixture) -> None:
        self.bus_name = f"bus-{uuid4().hex[:8]}"
        self.template = Template.from_templates(
            **{self.bus_name: {"Resources": resources(self.bus_name)}}
        )
        self.physical = Physical(region=emulator.region)
        provision(self.template, emulator, self.physical)
        resolver = self.template.resolver(self.physical)
        self.sqs = emulator.client("sqs")
        self.runtime = _runtime(runtime_fixture, self.template)
        queues = Queues(self.sqs, resolver)
        invoker = AsynchronousInvoker(self.runtime, self.template.functions, queues.send)
        targets = Targets(self.template, resolver, queues.send, invoker)
        self.server = Server(EventBus(self.template, self.physical, targets), reserve(0))
        self.pollers = QueuePollers(self.template, self.physical, self.sqs, self.runtime)
        self.events: Any = boto3.client(
            "events",
            endpoint_url=f"http://127.0.0.1:{self.server.port}",
            region_name="eu-west-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )

    def queue(self, name: str) -> str:
        (found,) = (q for q in self.template.queues if q.resource.logical_id == name)
        known = self.physical.get(found.resource)
        assert known is not None
        return known.ref

    async def put(self, *details: dict[str, Any], type_: str = "OrderPlaced", **more: Any) -> Any:
        entries = [
            {
                "Source": "shop.web",
                "DetailType": type_,
                "Detail": json.dumps(detail),
                "EventBusName": self.bus_name,
                **more,
            }
            for detail in details
        ]
        return await asyncio.to_thread(lambda: self.events.put_events(Entries=entries))

    async def received(self, queue: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the messages of a queue, once there are `count`."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while len(found) < count:
                answer = await asyncio.to_thread(
                    self.sqs.receive_message,
                    QueueUrl=self.queue(queue),
                    MaxNumberOfMessages=10,
                    WaitTimeSeconds=1,
                )
                found += [json.loads(message["Body"]) for message in answer.get("Messages", ())]
        return found

    async def wait_for_output(self, text: str) -> None:
        """Wait until a function has printed the text."""
        await wait_until_async(
            lambda: any(text in line.line for line in self.runtime.log.lines()),
            f"a function prints {text!r}",
        )


def _runtime(runtime_fixture: RuntimeFixture, template: Template) -> Runtime:
    runtime_fixture.write("functions/work.py", WORKER)
    asset = runtime_fixture.stage("asset.work")
    asset.mkdir(parents=True, exist_ok=True)
    (asset / "work.py").write_text(WORKER)
    return runtime_fixture.make_runtime(replace(template.functions["Worker"], code=asset))


@pytest.fixture
async def world(emulator: Emulator, runtime_fixture: RuntimeFixture) -> AsyncIterator[World]:
    world = World(emulator, runtime_fixture)
    await world.server.start()
    # A cold start on a busy machine takes longer than the queue's visibility timeout.
    await world.runtime.invoke("Worker", {"detail": {"n": 0}})
    world.pollers.start()
    yield world
    await world.pollers.stop()
    await world.server.stop()


async def test_failed_messages_are_retried_and_dead_lettered(
    world: World,
) -> None:
    answer = await world.put({"n": 1}, {"n": 2, "fail": True}, {"n": 3})
    assert answer["FailedEntryCount"] == 0
    (dead,) = await world.received("Dead")
    assert dead["detail"] == {"n": 2, "fail": True}
    assert dead["source"] == "shop.web"
    batches = [line.line for line in world.runtime.log.lines() if "batch" in line.line]
    assert sorted("".join(batches).count(str(n)) for n in (1, 2, 3)) == [1, 1, 2]


async def test_crash_fails_whole_batch(world: World) -> None:
    await world.put({"n": 4, "crash": True}, {"n": 5})
    dead = await world.received("Dead", 2)
    assert sorted(body["detail"]["n"] for body in dead) == [4, 5]


async def test_rule_invokes_function_target(world: World) -> None:
    await world.put({"n": 7}, type_="Direct")
    await world.wait_for_output("direct 7")
    lines = [line.line for line in world.runtime.log.lines()]
    assert lines.count("direct 7") == 1


async def test_input_path_selects_part_of_event(world: World) -> None:
    await world.put({"n": 8}, type_="Noted")
    assert await world.received("Inbox") == [{"n": 8}]


async def test_unmatched_event_is_not_delivered(world: World) -> None:
    answer = await world.put({"n": 9}, type_="Unheard")
    assert answer["FailedEntryCount"] == 0
    await world.put({"n": 9}, Source="elsewhere", type_="Noted")
    # Each put returns after its delivery, so that later events are behind it in the queue.
    await world.put({"n": 10}, type_="Noted")
    assert await world.received("Inbox") == [{"n": 10}]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Detail": "no json"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Source": ""}, "InvalidArgument"),
        ({"Source": "aws.s3"}, "NotAuthorizedForSourceException"),
        ({"EventBusName": "nobody"}, "ResourceNotFoundException"),
    ],
)
async def test_malformed_entry_is_refused_alone(world: World, entry: Any, code: str) -> None:
    answer = await world.put({"n": 1}, type_="Noted", **entry)
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code


async def test_put_events_over_ten_entries_is_refused(world: World) -> None:
    with pytest.raises(ClientError, match="less than or equal to 10"):
        await world.put(*({"n": n} for n in range(11)))
