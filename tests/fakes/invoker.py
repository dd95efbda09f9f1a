"""Invoker of plain Python callables as functions."""

from collections.abc import Callable
from typing import Any

from local.runtime.invocation import InvocationResult

type Handler = Callable[[Any], Any]


class FakeInvoker:
    """Invoker that calls handlers in this process; a handler may return an InvocationResult or raise."""

    def __init__(self, **handlers: Handler) -> None:
        self.handlers = handlers
        self.events: list[tuple[str, Any]] = []

    async def invoke(self, function: str, event: object) -> InvocationResult:
        self.events.append((function, event))
        result = self.handlers[function](event)
        if isinstance(result, InvocationResult):
            return result
        return InvocationResult("invocation-1", result, None, "", (), 0.001)


def failed_result(error_type: str, message: str = "") -> InvocationResult:
    return InvocationResult("invocation-1", None, error_type, message, (), 0.001)
