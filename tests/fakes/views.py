"""In-memory view counters and a database wrapper, both with injected failures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, datetime
from uuid import UUID

from escorts.domain.views import HourlyViews, utc_day
from escorts.repository.view_counters import ViewCounters
from kit.db import Database, UnitOfWork


class Crash(Exception):
    """Simulated crash of the process."""


class MemoryCounters(ViewCounters):
    """In-memory view counters; reading fails after `fails_after` pages."""

    def __init__(self) -> None:
        self.views: dict[tuple[date, UUID], Counter[int]] = defaultdict(Counter)
        self.marks: dict[tuple[date, UUID], dict[int, set[int]]] = {}
        self.deleted_salts: set[date] = set()
        self.fails_after: int | None = None

    def add_view(self, profile_id: UUID, moment: datetime, mark: int) -> None:
        key = (utc_day(moment), profile_id)
        self.views[key][moment.hour] += 1
        self.marks.setdefault(key, {}).setdefault(moment.hour, set()).add(mark)

    def delete_salt(self, day: date) -> None:
        self.deleted_salts.add(day)

    def iter_pages(self, day: date) -> Iterator[list[HourlyViews]]:
        for (counted_day, profile_id), views in sorted(self.views.items()):
            if counted_day != day:
                continue
            if self.fails_after is not None:
                if self.fails_after == 0:
                    raise Crash
                self.fails_after -= 1
            left = self.marks[day, profile_id]
            marks = {hour: frozenset(found) for hour, found in left.items()}
            yield [HourlyViews(profile_id, dict(views), marks)]

    def snapshot(self) -> "MemoryCounters":
        """Return a copy of the current counters, for a run that reads now and stores later."""
        copy = MemoryCounters()
        copy.views, copy.marks = deepcopy(self.views), deepcopy(self.marks)
        return copy


class FragileDatabase:
    """Database that crashes at transaction number `at`, before its commit or just after it."""

    def __init__(self, database: Database, at: int, *, committed: bool) -> None:
        self._database = database
        self._left = at
        self._committed = committed

    def run[T](self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run the use case, or crash."""
        self._left -= 1
        if self._left < 0 and not self._committed:
            raise Crash
        answer = self._database.run(use_case)
        if self._left < 0:
            raise Crash
        return answer
