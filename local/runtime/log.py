"""Log of functions' output, searchable by function and request."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class LogLine:
    """Line that a function wrote to stdout or stderr, or that the runtime logged about it."""

    function: str
    request_id: str  # "" outside of an invocation, e.g. while the module loads
    line: str
    at: float  # seconds since the epoch
    number: int = 0  # counts up, so that callers can request newer lines only


class FunctionLog:
    """Ring buffer of the newest lines; `echo` is called with each new line."""

    def __init__(self, *, size: int = 5000, echo: Callable[[LogLine], None] | None = None) -> None:
        self._lines: deque[LogLine] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._echo = echo

    def add(self, function: str, request_id: str, line: str, at: float) -> LogLine:
        """Store a line and echo it."""
        entry = LogLine(function, request_id, line, at, next(self._numbers))
        self._lines.append(entry)
        if self._echo:
            self._echo(entry)
        return entry

    def lines(
        self, *, function: str | None = None, request_id: str | None = None, after: int = 0
    ) -> Iterator[LogLine]:
        """Return the stored lines, oldest first, that match the filters."""
        for line in tuple(self._lines):
            if (
                line.number > after
                and function in (None, line.function)
                and request_id in (None, line.request_id)
            ):
                yield line
