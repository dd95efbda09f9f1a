"""Start of the triggers of functions: schedules, queues, streams, bucket notifications."""

from __future__ import annotations

from contextlib import AsyncExitStack

from local.services.context import CloudServices
from local.services.objects import BucketWatch
from local.services.queues import QueuePollers
from local.services.schedules import Scheduler
from local.services.streams import StreamPollers

__all__ = ["start_triggers"]


async def start_triggers(services: CloudServices, exit_stack: AsyncExitStack) -> Scheduler:
    """Start the template's triggers, and register their stop with `exit_stack`; return the scheduler."""
    template, physical = services.template, services.physical
    scheduler = Scheduler(template, physical, services.targets, services.clock.now)
    queues = QueuePollers(template, physical, services.sqs, services.runtime)
    streams = StreamPollers(
        template, physical, services.emulator.client, services.runtime, services.queues.send
    )
    buckets = BucketWatch(
        template, physical, services.emulator.client, services.targets, services.bus
    )
    exit_stack.push_async_callback(scheduler.stop)
    exit_stack.push_async_callback(queues.stop)
    exit_stack.push_async_callback(streams.stop)
    exit_stack.push_async_callback(buckets.stop)
    scheduler.start()
    queues.start()
    streams.start()
    await buckets.start()
    return scheduler
