"""The local cloud's clock: real time plus what somebody advanced it by."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["CloudClock"]

_TOO_FAR = timedelta(days=3660)


class CloudClock:
    """Remembers its offset in a file, as the state it made is remembered too."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.offset = timedelta()
        if file.exists():
            self.offset = timedelta(seconds=json.loads(file.read_text())["offset_seconds"])

    @property
    def offset_seconds(self) -> int:
        """Return the offset as functions and the database get it."""
        return round(self.offset.total_seconds())

    def now(self) -> datetime:
        """Return the local cloud's time."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move forward; time never runs backward, stored data would lie in the future."""
        if by < timedelta():
            raise ValueError("the clock only moves forward")
        if self.offset + by > _TOO_FAR:
            raise ValueError("the clock is at most ten years ahead")
        self.offset += by
        self._file.write_text(json.dumps({"offset_seconds": self.offset_seconds}))
