"""Output of `make run` while starting: each finished step with its duration."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Progress", "Step"]


class Step:
    """Step of the start; its `note` is printed when the step is done."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.note = ""


class Progress:
    """Printer of one line per step."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Measure a step and print it after its success."""
        step, started = Step(what), time.monotonic()
        yield step
        note = f"  {step.note}" if step.note else ""
        self.print_line(f"{time.monotonic() - started:6.1f} s  {what:<22}{note}".rstrip())

    def print_line(self, line: str) -> None:
        """Print a line at once."""
        print(line, file=self._out, flush=True)
