"""How long a question keeps somebody busy: the processor time of the asking process and its backend.

A question is answered by one process after the other, so on an idle machine this is the time that
it takes; on a busy one the clock on the wall measures the neighbours.
"""

import time
from collections.abc import Callable
from pathlib import Path

REPEATS = 5


def working_ms[*P](backend: int, act: Callable[[*P], object], *arguments: *P) -> float:
    """Return the least of a few runs of `act`, which asks the server process `backend`."""
    best = float("inf")
    for _ in range(REPEATS):
        before = _busy(backend)
        act(*arguments)
        best = min(best, _busy(backend) - before)
    return best / 1_000_000


def _busy(backend: int) -> int:
    """Return the nanoseconds that we and the backend have been running so far (Linux)."""
    ran, _, _ = Path(f"/proc/{backend}/schedstat").read_text().split()
    return time.process_time_ns() + int(ran)
