"""Writing of states to files, in this process or in a forked child, which has the states as of the fork.

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
    """Forked process that writes states and ends."""

    def __init__(self, pid: int, reader: int) -> None:
        self._pid = pid
        self._reader = reader

    @classmethod
    def start(cls, states: States, *kept: int) -> SnapshotChild | None:
        """Fork; return None if that fails. The child does not close the files `kept`."""
        reader, writer = os.pipe()
        try:
            with warnings.catch_warnings():
                # Python warns about forking with other threads: the child takes none of their locks.
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
        # The child holds the other end of the pipe, which is closed when the child ends in any way.
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
        """Kill the child."""
        os.kill(self._pid, signal.SIGKILL)
        self._exit_status()

    def _exit_status(self) -> int:
        return os.waitpid(self._pid, 0)[1]


def write_states(states: States) -> bool:
    """Write each state to its file; tell whether all were written."""
    complete = True
    for name, state in states.items():
        try:
            _write(Path(persistence.STATE_DIR, f"{name}.json"), name, state())
        except Exception:
            traceback.print_exc()
            complete = False
    return complete


def disable_copying() -> None:
    """Make states refer to the services' objects, for a process in which nothing changes any more.

    Copying takes three times as long as writing.
    """
    copy.deepcopy = _no_copy


def _no_copy[T](x: T, memo: dict[int, Any] | None = None, _nil: Any = None) -> T:  # noqa: ARG001
    return x


def _write(path: Path, name: str, state: Any) -> None:
    """Write one state in the emulator's format; the emulator's own is five times as slow, and fails silently."""
    if state is None:
        return  # the service's module could not be imported: the last state stays
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
    """Close the inherited files: a connection ends once every process has closed it."""
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        if number > 2 and number not in kept:
            with suppress(OSError):
                os.close(number)
