"""Half-open time intervals, and sets of intervals as sorted lists without overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Interval from `start` until just before `end`, both time-zone aware."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Duration of the interval."""
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        """Tell whether the two intervals share any time."""
        return self.start < other.end and other.start < self.end

    def extended(self, before: timedelta, after: timedelta) -> Interval:
        """Return the interval with time added before and after it."""
        return Interval(self.start - before, self.end + after)

    def covers(self, start: datetime, end: datetime) -> bool:
        """Tell whether the whole of [start, end) lies within the interval."""
        return self.start <= start and end <= self.end


def union(*groups: Iterable[Interval]) -> list[Interval]:
    """Return the union of all groups; intervals that touch are merged."""
    merged: list[Interval] = []
    for span in sorted(span for group in groups for span in group if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def intersection(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return the intersection of both sets."""
    others = list(right)
    return union(
        Interval(max(one.start, other.start), min(one.end, other.end))
        for one in left
        for other in others
        if one.start < other.end and other.start < one.end
    )


def subtract(spans: Sequence[Interval], without: Iterable[Interval]) -> list[Interval]:
    """Return `spans` minus `without`."""
    left = union(spans)
    for hole in without:
        left = [
            part
            for span in left
            for part in (
                Interval(span.start, min(span.end, hole.start)),
                Interval(max(span.start, hole.end), span.end),
            )
            if part.start < part.end
        ]
    return union(left)
