"""Start of the triggers of functions: schedules, queues, streams, bucket notifications."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from local.services.objects import BucketWatch
from local.services.queues import QueuePollers
from local.services.schedules import Scheduler
from local.services.streams import StreamPollers

if TYPE_CHECKING:
    from local.cloud import Cloud

__all__ = ["start_triggers"]


async def start_triggers(cloud: Cloud, exit_stack: AsyncExitStack) -> Scheduler:
    """Start the template's triggers, and register their stop with `exit_stack`; return the scheduler."""
    template, physical = cloud.template, cloud.physical
    scheduler = Scheduler(template, physical, cloud.targets, cloud.clock.now)
    queues = QueuePollers(template, physical, cloud.sqs, cloud.runtime)
    streams = StreamPollers(
        template, physical, cloud.emulator.client, cloud.runtime, cloud.queues.send
    )
    buckets = BucketWatch(template, physical, cloud.emulator.client, cloud.targets, cloud.bus)
    exit_stack.push_async_callback(scheduler.stop)
    exit_stack.push_async_callback(queues.stop)
    exit_stack.push_async_callback(streams.stop)
    exit_stack.push_async_callback(buckets.stop)
    scheduler.start()
    queues.start()
    streams.start()
    await buckets.start()
    return scheduler
