"""Unit tests of the scheduler: the cloud's clock, the template's schedules and inputs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.runtime.invocation import InvocationResult
from local.services.asynchronous import AsynchronousInvoker
from local.services.schedules import Scheduler
from local.services.targets import Targets
from local.template import Physical, Resource, Template, TemplateError
from tests.factories.waiting import wait_until_async

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def function(name: str) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"Handler": f"{name}.handler"}}


def schedule(expression: str, payload: str | None = None, **more: Any) -> dict[str, Any]:
    target = {"Arn": {"Fn::GetAtt": ["Worker", "Arn"]}}
    return {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": expression,
            "Target": target if payload is None else {**target, "Input": payload},
            **more,
        },
    }


class Recorder:
    """Recorder of invocations and queue messages."""

    def __init__(self, outcomes: list[str | None] | None = None) -> None:
        self.events: list[Any] = []
        self.dead: list[str] = []
        self._outcomes = outcomes or []

    async def invoke(self, function: str, event: object) -> InvocationResult:
        self.events.append(event)
        error = self._outcomes.pop(0) if self._outcomes else None
        return InvocationResult("1", None, error, error or "", (), 0.0)

    def send(self, queue: Resource, body: str) -> None:
        self.dead.append(body)


class World:
    def __init__(self, resources: dict[str, Any]) -> None:
        self.recorder = Recorder()
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.template = Template.from_templates(
            App={"Resources": {"Worker": function("work"), **resources}}
        )
        physical = Physical()
        resolver = self.template.resolver(physical)
        invoker = AsynchronousInvoker(
            self.recorder, self.template.functions, self.recorder.send, pauses=(0.0,)
        )
        targets = Targets(self.template, resolver, self.recorder.send, invoker)
        self.scheduler = Scheduler(self.template, physical, targets, lambda: self.time)

    async def advance(self, by: timedelta) -> None:
        self.time += by
        self.scheduler.clock_changed()
        for _ in range(5):
            await asyncio.sleep(0)


async def watched(world: World, act: Callable[[], Awaitable[None]]) -> None:
    world.scheduler.start()
    await asyncio.sleep(0)
    try:
        await act()
    finally:
        await world.scheduler.stop()


async def test_scheduler_runs_at_advanced_time() -> None:
    world = World({"Daily": schedule("cron(10 3 * * ? *)", '{"job":"cleanup"}')})

    async def act() -> None:
        await world.advance(timedelta(hours=15))
        assert world.recorder.events == []
        await world.advance(timedelta(minutes=11))
        assert world.recorder.events == [{"job": "cleanup"}]

    await watched(world, act)


async def test_scheduler_skipped_span_runs_once() -> None:
    world = World({"Often": schedule("rate(1 minute)", "{}")})

    async def act() -> None:
        await world.advance(timedelta(days=3))
        assert len(world.recorder.events) == 1
        (state,) = world.scheduler.schedules.values()
        assert state.last_run == world.time
        assert state.next_run == world.time + timedelta(minutes=1)

    await watched(world, act)


async def test_run_now_passes_input_and_context() -> None:
    text = '{"at": "<aws.scheduler.scheduled-time>", "try": "<aws.scheduler.attempt-number>"}'
    world = World({"Job": schedule("rate(1 day)", text)})
    await world.scheduler.run_now("Job")
    await asyncio.sleep(0)
    assert world.recorder.events == [{"at": "2026-03-01T12:00:00Z", "try": "1"}]


async def test_schedule_without_input_gets_scheduler_event() -> None:
    world = World({"Job": schedule("rate(1 day)")})
    await world.scheduler.run_now("Job")
    await asyncio.sleep(0)
    (event,) = world.recorder.events
    assert event["source"] == "aws.scheduler"
    assert event["detail-type"] == "Scheduled Event"


async def test_schedule_removed_from_template_is_absent() -> None:
    both = {"Keep": schedule("rate(1 day)"), "Drop": schedule("rate(1 day)")}
    assert set(World(both).scheduler.schedules) == {"Keep", "Drop"}
    del both["Drop"]
    world = World(both)
    assert set(world.scheduler.schedules) == {"Keep"}
    with pytest.raises(KeyError):
        await world.scheduler.run_now("Drop")


async def test_disabled_schedule_does_not_run() -> None:
    world = World({"Off": schedule("rate(1 minute)", "{}", State="DISABLED")})

    async def act() -> None:
        await world.advance(timedelta(days=1))
        assert world.recorder.events == []

    await watched(world, act)


async def test_schedule_runs_in_its_time_zone() -> None:
    zone = {"ScheduleExpressionTimezone": "Pacific/Auckland"}
    world = World({"Morning": schedule("cron(0 8 * * ? *)", "{}", **zone)})
    (state,) = world.scheduler.schedules.values()
    assert state.next_run == datetime(2026, 3, 1, 19, tzinfo=UTC)


def test_unsupported_schedule_target_is_refused_at_start() -> None:
    job = schedule("rate(1 day)")
    job["Properties"]["Target"]["Arn"] = {"Fn::GetAtt": ["Topic", "TopicArn"]}
    with pytest.raises(TemplateError, match="not served"):
        World({"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}, "Job": job})


async def test_failed_scheduled_invocation_is_dead_lettered() -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    worker = function("work")
    worker["Properties"]["DeadLetterConfig"] = {"TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}
    world = World({"Dead": queue, "Worker": worker, "Job": schedule("rate(1 day)", '{"n":1}')})
    world.recorder._outcomes = ["Error", "Error", "Error"]
    await world.scheduler.run_now("Job")
    await wait_until_async(lambda: world.recorder.dead, "a message in the dead-letter queue")
    assert world.recorder.events == [{"n": 1}] * 3
    assert world.recorder.dead == ['{"n": 1}']
