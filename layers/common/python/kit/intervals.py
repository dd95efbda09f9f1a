"""Half-open stretches of time, and sets of them as sorted lists without overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` until just before `end`, both aware."""

    start: datetime
    end: datetime

    def covers(self, start: datetime, end: datetime) -> bool:
        """Tell whether the whole of [start, end) lies within."""
        return self.start <= start and end <= self.end


def union(*groups: Iterable[Interval]) -> list[Interval]:
    """Return what any of the groups covers; spans that touch become one."""
    merged: list[Interval] = []
    for span in sorted(span for group in groups for span in group if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def intersection(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """Return what both cover."""
    others = list(right)
    return union(
        Interval(max(one.start, other.start), min(one.end, other.end))
        for one in left
        for other in others
        if one.start < other.end and other.start < one.end
    )


def subtract(spans: Sequence[Interval], without: Iterable[Interval]) -> list[Interval]:
    """Return what `spans` cover and `without` does not."""
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
