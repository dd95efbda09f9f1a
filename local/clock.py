"""Clock of the local cloud: real time plus an offset that can only grow."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["CloudClock"]

_TOO_FAR = timedelta(days=3660)


class CloudClock:
    """Clock whose offset is saved in a file, as the data made at that time is saved too."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.offset = timedelta()
        if file.exists():
            self.offset = timedelta(seconds=json.loads(file.read_text())["offset_seconds"])

    @property
    def offset_seconds(self) -> int:
        """Return the offset in the form that functions and the database get."""
        return round(self.offset.total_seconds())

    def now(self) -> datetime:
        """Return the local cloud's time."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Advance the clock; never backward, since stored data would lie in the future."""
        if by < timedelta():
            raise ValueError("the clock only moves forward")
        if self.offset + by > _TOO_FAR:
            raise ValueError("the clock is at most ten years ahead")
        self.offset += by
        self._file.write_text(json.dumps({"offset_seconds": self.offset_seconds}))
