"""Function log on disk, with its errors also in the terminal."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from local.runtime.log import LogLine

__all__ = ["LogFile"]

_LIMIT = 20 * 1024 * 1024
_ALARMING = ('"level":"ERROR"', '"level":"CRITICAL"', "[ERROR]", "Task timed out")


class LogFile:
    """Log file; lines that report an error are also printed to the terminal."""

    def __init__(self, path: Path, *, terminal: bool = True) -> None:
        self._path = path
        self._terminal = terminal
        self._lock = threading.Lock()

    def __call__(self, line: LogLine) -> None:
        """Write one line."""
        moment = datetime.fromtimestamp(line.at, UTC).isoformat(timespec="milliseconds")
        with self._lock:
            if self._path.exists() and self._path.stat().st_size > _LIMIT:
                self._path.unlink()
            with self._path.open("a") as file:
                file.write(f"{moment} {line.function} {line.request_id or '-'} {line.line}\n")
        if self._terminal and any(sign in line.line for sign in _ALARMING):
            print(f"{line.function}: {line.line[:2000]}", file=sys.stderr, flush=True)
