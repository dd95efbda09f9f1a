"""Measurement of the processor time of a query: that of the client process and of its backend.

Client and backend work one after the other, so on an idle machine this is the elapsed time; on a
busy machine the elapsed time also measures other processes.
"""

import time
from collections.abc import Callable
from pathlib import Path

REPEATS = 5


def working_ms[*P](backend: int, act: Callable[[*P], object], *arguments: *P) -> float:
    """Return the least time of a few runs of `act`, which queries the server process `backend`."""
    best = float("inf")
    for _ in range(REPEATS):
        before = _busy(backend)
        act(*arguments)
        best = min(best, _busy(backend) - before)
    return best / 1_000_000


def _busy(backend: int) -> int:
    """Return the processor nanoseconds of this process and the backend so far (Linux)."""
    ran, _, _ = Path(f"/proc/{backend}/schedstat").read_text().split()
    return time.process_time_ns() + int(ran)
