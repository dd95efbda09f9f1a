"""CPU time of a warm request through kit against a bare application: the same small JSON POST, alternating."""

import contextlib
import io
import os
import time
from collections.abc import Callable
from typing import Any

from bench import events
from bench.table import show

ROUNDS, REQUESTS = 15, 200
GOAL = 1.2


def main() -> None:
    """Print the table."""
    os.environ.update(events.ENVIRONMENT)
    from bench import hello, kit_hello

    cases: dict[str, Callable[[dict[str, Any], Any], Any]] = {
        "bench.hello": hello.handler,
        "bench.kit_hello": kit_hello.handler,
    }
    best = dict.fromkeys(cases, float("inf"))
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(ROUNDS):
            for case, handler in cases.items():
                best[case] = min(best[case], _measure(handler))
    peer = best["bench.hello"]
    rows = [
        [case, f"{seconds * 1e6:.0f}", f"{seconds / peer:.2f}"] for case, seconds in best.items()
    ]
    show(
        f"Warm request: CPU per small JSON POST, best of {ROUNDS} x {REQUESTS} (goal: {GOAL})",
        ["entry", "CPU us", "ratio to the bare hello"],
        rows,
    )


def _measure(handler: Callable[[dict[str, Any], Any], Any]) -> float:
    started = time.process_time()
    for _ in range(REQUESTS):
        handler(events.HELLO, None)
    return (time.process_time() - started) / REQUESTS
