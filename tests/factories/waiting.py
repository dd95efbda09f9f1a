"""Waiting for a condition instead of a duration: on a busy machine it takes longer, and never fails for that."""

import asyncio
import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds until a condition counts as never met; no test measures them."""
_PAUSE = 0.01


def wait_until(condition: Callable[[], object], expected: str) -> None:
    """Return once `condition` is true; fail and name what was `expected` otherwise."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {expected}"
        time.sleep(_PAUSE)


async def wait_until_async(condition: Callable[[], object], expected: str) -> None:
    """Return once `condition` is true, while the event loop goes on."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {expected}"
        await asyncio.sleep(_PAUSE)
