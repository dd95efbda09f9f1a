"""Asynchronous invocations as Lambda makes them: retried, then handed to the function's DLQ.

Lambda waits one and two minutes between attempts; here it is seconds, so that a developer sees
the outcome. What is under way when the local cloud is killed is lost, and it says so.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from local.runtime.invocation import InvocationResult, Invoker, TooManyRequestsError
from local.template import Resource
from local.template.specs import FunctionSpec

__all__ = ["AsynchronousInvoker", "SendToQueue"]

type SendToQueue = Callable[[Resource, str], None]

_BUSY_WAIT = 0.2


class AsynchronousInvoker:
    """Hands events to functions without anybody waiting for the answer."""

    def __init__(
        self,
        invoker: Invoker,
        functions: Mapping[str, FunctionSpec],
        send: SendToQueue,
        *,
        pauses: tuple[float, ...] = (1.0, 2.0),
    ) -> None:
        """`send` puts a text into the queue a resource stands for; it may block."""
        self._invoker = invoker
        self._functions = functions
        self._send = send
        self._pauses = pauses
        self._under_way: set[asyncio.Task[InvocationResult]] = set()

    @property
    def running_count(self) -> int:
        """Return how many invocations have not ended."""
        return len(self._under_way)

    def start_invocation(self, function: str, event: object) -> asyncio.Task[InvocationResult]:
        """Start an invocation, its retries included, and return at once."""
        task = asyncio.create_task(self.deliver(function, event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def deliver(self, function: str, event: object) -> InvocationResult:
        """Invoke until it succeeds or the retries are used up; return the last outcome."""
        spec = self._functions[function]
        result = await self._attempt(function, event)
        for attempt in range(spec.retries):
            if result.ok:
                return result
            await asyncio.sleep(self._pauses[min(attempt, len(self._pauses) - 1)])
            result = await self._attempt(function, event)
        if not result.ok and spec.dead_letter is not None:
            await asyncio.to_thread(self._send, spec.dead_letter, json.dumps(event))
        return result

    async def _attempt(self, function: str, event: object) -> InvocationResult:
        """A throttled asynchronous event waits in Lambda's own queue."""
        while True:
            try:
                return await self._invoker.invoke(function, event)
            except TooManyRequestsError:
                await asyncio.sleep(_BUSY_WAIT)
