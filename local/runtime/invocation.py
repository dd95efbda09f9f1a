"""Invocation of functions, as used by the gateway, the bus, queues and schedules."""

from dataclasses import dataclass
from typing import Any, Protocol

from local.runtime.log import LogLine

# Lambda's names of errors of the environment.
TIMED_OUT = "Sandbox.Timedout"
CRASHED = "Runtime.ExitError"
NOT_STARTED = "Runtime.InvalidEnvironment"
TOO_LARGE = "Function.ResponseSizeTooLarge"


@dataclass(frozen=True)
class InvocationResult:
    """Result of an invocation; `error_type` is None if the handler returned."""

    request_id: str
    payload: Any  # the handler's result, from JSON; None on error
    error_type: str | None
    error_message: str
    log: tuple[LogLine, ...]
    duration: float  # seconds

    @property
    def ok(self) -> bool:
        """Tell whether the handler returned."""
        return self.error_type is None

    @property
    def timed_out(self) -> bool:
        """Tell whether the environment was killed at the function's timeout."""
        return self.error_type == TIMED_OUT


class TooManyRequestsError(Exception):
    """Error: every environment of the function is busy and the limit is reached (Lambda's 429)."""


class Invoker(Protocol):
    """Invoker of functions by their name in the template."""

    async def invoke(self, function: str, event: object) -> InvocationResult:
        """Invoke a function; raise KeyError for an unknown name, TooManyRequestsError when busy."""
        ...
