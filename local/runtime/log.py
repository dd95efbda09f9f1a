"""What functions print, kept for a while and findable by function and request."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class LogLine:
    """One line a function wrote to stdout or stderr, or that the runtime says about it."""

    function: str
    request_id: str  # "" outside of an invocation, e.g. while the module loads
    line: str
    at: float  # seconds since the epoch
    number: int = 0  # counts up; ask for what came after the last one seen


class FunctionLog:
    """A ring buffer of the newest lines; `echo` also sees each one as it comes."""

    def __init__(self, *, size: int = 5000, echo: Callable[[LogLine], None] | None = None) -> None:
        self._lines: deque[LogLine] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._echo = echo

    def add(self, function: str, request_id: str, line: str, at: float) -> LogLine:
        """Keep a line and echo it."""
        entry = LogLine(function, request_id, line, at, next(self._numbers))
        self._lines.append(entry)
        if self._echo:
            self._echo(entry)
        return entry

    def lines(
        self, *, function: str | None = None, request_id: str | None = None, after: int = 0
    ) -> Iterator[LogLine]:
        """Kept lines, oldest first, narrowed down as asked."""
        for line in tuple(self._lines):
            if (
                line.number > after
                and function in (None, line.function)
                and request_id in (None, line.request_id)
            ):
                yield line
