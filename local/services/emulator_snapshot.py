"""Writes states to their files, here or in a forked child, which has them as they were at the fork.

Runs inside the emulator's environment.
"""

# ruff: noqa: SLF001 - the pinned emulator has no public way to its own state

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import traceback
import warnings
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from ministack.core import persistence  # type: ignore[import-not-found]

type States = Mapping[str, Callable[[], Any]]

_CHILD_SECONDS = 60.0


class SnapshotChild:
    """A forked process that writes states and ends."""

    def __init__(self, pid: int, reader: int) -> None:
        self._pid = pid
        self._reader = reader

    @classmethod
    def start(cls, states: States, *kept: int) -> SnapshotChild | None:
        """Fork; `kept` are open files that the child must not close. None where there is no room for a process."""
        reader, writer = os.pipe()
        try:
            with warnings.catch_warnings():
                # Python warns of the emulator's other threads: the child takes none of their locks.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
        except OSError:
            os.close(reader)
            os.close(writer)
            return None
        if pid == 0:
            _write_and_exit(states, {writer, *kept})
        os.close(writer)
        return cls(pid, reader)

    async def wait(self) -> bool:
        """Wait until the child has ended; tell whether it has written everything."""
        ended = asyncio.Event()
        # The child holds the other end of the pipe, which is closed when it ends, however that happens.
        asyncio.get_running_loop().add_reader(self._reader, ended.set)
        try:
            async with asyncio.timeout(_CHILD_SECONDS):
                await ended.wait()
        except TimeoutError:
            os.kill(self._pid, signal.SIGKILL)
        asyncio.get_running_loop().remove_reader(self._reader)
        os.close(self._reader)
        return self._exit_status() == 0

    def kill(self) -> None:
        """End the child now."""
        os.kill(self._pid, signal.SIGKILL)
        self._exit_status()

    def _exit_status(self) -> int:
        return os.waitpid(self._pid, 0)[1]


def write_states(states: States) -> bool:
    """Write each state to its file; tell whether all of them are there."""
    complete = True
    for name, state in states.items():
        try:
            _write(Path(persistence.STATE_DIR, f"{name}.json"), name, state())
        except Exception:
            traceback.print_exc()
            complete = False
    return complete


def disable_copying() -> None:
    """Make states refer to what the services hold: for a process in which nothing changes any more.

    Copying takes three times as long as writing.
    """
    copy.deepcopy = _no_copy


def _no_copy[T](x: T, memo: dict[int, Any] | None = None, _nil: Any = None) -> T:  # noqa: ARG001
    return x


def _write(path: Path, name: str, state: Any) -> None:
    """Write one state as the emulator reads it; the emulator's own way is five times as slow, and fails silently."""
    if state is None:
        return  # its module could not be imported: the last state stays
    version = persistence._state_format_version(name)
    wrapped = {"__ministack_format__": version, "payload": state}
    draft = path.with_name(f"{path.name}.tmp")
    draft.write_text(json.dumps(wrapped, default=persistence._json_default))
    draft.replace(path)


def _write_and_exit(states: States, kept: Container[int]) -> NoReturn:
    saved = False
    try:
        # Signals to the child must not reach the event loop of its parent.
        signal.set_wakeup_fd(-1)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, signal.SIG_DFL)
        _close_files(kept)
        disable_copying()
        saved = write_states(states)
    finally:
        os._exit(0 if saved else 1)


def _close_files(kept: Container[int]) -> None:
    """Close what the child has inherited: a connection ends when all who hold it have closed it."""
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number not in kept:
            with suppress(OSError):
                os.close(number)
