"""What calling a function means to everybody who calls one: gateway, bus, queues, schedules."""

from dataclasses import dataclass
from typing import Any, Protocol

from local.runtime.log import LogLine

# Error types of the environment itself, as Lambda names them.
TIMED_OUT = "Sandbox.Timedout"
CRASHED = "Runtime.ExitError"
NOT_STARTED = "Runtime.InvalidEnvironment"
TOO_LARGE = "Function.ResponseSizeTooLarge"


@dataclass(frozen=True)
class InvocationResult:
    """How an invocation ended; `error_type` is None if the handler returned."""

    request_id: str
    payload: Any  # what the handler returned, from JSON; None on error
    error_type: str | None
    error_message: str
    log: tuple[LogLine, ...]
    duration: float  # seconds

    @property
    def ok(self) -> bool:
        """Whether the handler returned."""
        return self.error_type is None

    @property
    def timed_out(self) -> bool:
        """Whether the environment was killed at the function's timeout."""
        return self.error_type == TIMED_OUT


class TooManyRequestsError(Exception):
    """Every environment of the function is busy and the limit is reached (Lambda's 429)."""


class Invoker(Protocol):
    """Calls a function by its name in the template and waits for the answer."""

    async def invoke(self, function: str, event: object) -> InvocationResult:
        """Invoke; raises KeyError for an unknown function, TooManyRequestsError when busy."""
        ...
