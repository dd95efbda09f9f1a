"""Data folder of a local cloud."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

__all__ = ["DataFolder", "DataFolderInUseError"]


class DataFolderInUseError(RuntimeError):
    """Error: another local cloud uses the same folder."""


class DataFolder:
    """Paths of the data folder, the lock against a second run, and the last run's records."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.postgres = self.path / "postgres"
        self.aws = self.path / "aws"
        self.functions = self.path / "functions"
        self.function_log = self.path / "functions.log"
        self.clock = self.path / "clock.json"
        self._provisioned = self.path / "provisioned.json"
        self._running = self.path / "running"
        self._lock: IO[str] | None = None

    def open(self) -> bool:
        """Lock the folder; return True if the last run was killed instead of stopped."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise DataFolderInUseError(
                f"{self.path} is in use by another local cloud: stop it, or choose another folder"
                " with DATA=..."
            ) from error
        self._lock = lock
        killed = self._running.exists()
        self._running.write_text(str(os.getpid()))
        return killed

    def close(self) -> None:
        """Record the orderly stop and release the lock."""
        if self._lock is not None:
            self._running.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def known_resources(self) -> set[str]:
        """Return the ids of the AWS resources that earlier runs created."""
        if not self._provisioned.exists():
            return set()
        return set(json.loads(self._provisioned.read_text()))

    def record_resources(self, ids: Iterable[str]) -> None:
        """Record the ids of the existing AWS resources."""
        self._provisioned.write_text(json.dumps(sorted(self.known_resources() | set(ids))))
