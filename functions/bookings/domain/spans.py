"""Half-open stretches of time, and the closed windows in which something may begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` until just before `end`, both aware."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Tell whether they share a moment."""
        return self.start < other.end and other.start < self.end

    def padded(self, before: timedelta, after: timedelta) -> Span:
        """Return it with time around it."""
        return Span(self.start - before, self.end + after)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return what any of them covers; spans that touch become one."""
    merged: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """Return what is left of a span, in order."""
    left, start = [], span.start
    for other in union(taken):
        if start < other.start and start < span.end:
            left.append(Span(start, min(other.start, span.end)))
        start = max(start, other.end)
    if start < span.end:
        left.append(Span(start, span.end))
    return left


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Something may begin from `first` to `last`, both included."""

    first: datetime
    last: datetime
