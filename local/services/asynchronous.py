"""Asynchronous invocations as in Lambda: retried, then sent to the function's dead-letter queue.

Lambda waits one and two minutes between attempts; here it is seconds, so that a developer sees
the result. Running invocations are lost when the local cloud is killed, and the next start reports that.
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
    """Invoker of functions whose caller does not wait for the result."""

    def __init__(
        self,
        invoker: Invoker,
        functions: Mapping[str, FunctionSpec],
        send: SendToQueue,
        *,
        pauses: tuple[float, ...] = (1.0, 2.0),
    ) -> None:
        """`send` puts a text into the queue of a resource, and may block."""
        self._invoker = invoker
        self._functions = functions
        self._send = send
        self._pauses = pauses
        self._under_way: set[asyncio.Task[InvocationResult]] = set()

    @property
    def running_count(self) -> int:
        """Return the number of running invocations."""
        return len(self._under_way)

    def start_invocation(self, function: str, event: object) -> asyncio.Task[InvocationResult]:
        """Start an invocation with its retries, and return at once."""
        task = asyncio.create_task(self.deliver(function, event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def deliver(self, function: str, event: object) -> InvocationResult:
        """Invoke until success or the last retry; return the last result."""
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
        """Invoke once; wait while the function is throttled, as events do in Lambda's own queue."""
        while True:
            try:
                return await self._invoker.invoke(function, event)
            except TooManyRequestsError:
                await asyncio.sleep(_BUSY_WAIT)
