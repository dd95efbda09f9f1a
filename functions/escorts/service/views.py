"""Counting who looks at a profile, telling its owner, and rolling the counters up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from escorts.domain.views import (
    CATCH_UP,
    KEPT,
    DayViews,
    Onlooker,
    Period,
    closed_hours,
    closed_until,
    day_of,
    is_settled,
    period,
    traces,
)
from escorts.repository import Profiles, public_directory
from escorts.repository.owners import owns
from escorts.repository.view_counters import ViewCounters
from escorts.repository.view_counts import ViewCounts
from escorts.service.public_profiles import no_such_profile
from kit.clock import Clock
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts one view, if it is one. Nobody learns which: that would tell who is public."""

    work: UnitOfWork
    counters: Callable[[], ViewCounters]
    now: Clock

    def viewed(self, profile_id: UUID, onlooker: Onlooker, user_id: UUID | None) -> None:
        """Count that `onlooker` looks at the profile; its owner (`user_id`) does not count."""
        if not onlooker.counts:
            return
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                return
        if user_id is not None and owns(self.work, user_id, profile_id):
            return
        moment = self.now()
        # Not before: a request whose transaction broke is run once more.
        self.work.after_commit(lambda: self._count(profile_id, onlooker, moment))

    def _count(self, profile_id: UUID, onlooker: Onlooker, moment: datetime) -> None:
        counters, day = self.counters(), day_of(moment)
        left = traces(counters.salt(day), profile_id, onlooker)
        if counters.allow(day, left):
            counters.add(profile_id, moment, left.mark)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What an owner learns about views of her profile."""

    profile_id: UUID
    period: Period
    total: int
    counted_until: datetime | None
    days: list[DayViews]


@dataclass(frozen=True, slots=True)
class Viewing:
    """Tells owners and staff how often a profile was looked at."""

    profiles: Profiles
    counts: ViewCounts
    now: Clock

    def statistics(
        self, profile_id: UUID, first: date | None, last: date | None, *, user_id: UUID | None
    ) -> Statistics:
        """Return the views of a period; `user_id` must own the profile, None is staff."""
        profile = self.profiles.by_id(profile_id)
        if profile is None or user_id not in {None, profile.user_id}:
            raise no_such_profile()
        days = period(first, last, day_of(self.now()))
        found = self.counts.of_profile(profile_id, days)
        return Statistics(
            profile_id=profile_id,
            period=days,
            total=self.counts.total(profile_id),
            counted_until=self.counts.counted_until(),
            days=[found.get(day, DayViews(day, 0, 0)) for day in days.days()],
        )


class Transactions(Protocol):
    """What runs a use case in a transaction of its own (`kit.db.Database`)."""

    def run[T](self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Commit what `use_case` does, or undo it."""


@dataclass(frozen=True, slots=True)
class RollUp:
    """Brings closed hours from the counters into the tables.

    Each run reads whole days and stores absolute numbers, so that it may fail anywhere, run twice
    or at the same time as another; whatever came late is in the next one's numbers.
    """

    counters: ViewCounters
    database: Transactions
    now: Clock

    def run(self) -> int:
        """Roll up every day that is not settled; return how many numbers were stored."""
        now = self.now()
        today = day_of(now)
        first = today - CATCH_UP
        settled = self.database.run(lambda work: ViewCounts(work).settled(first))
        waiting = [day for day in Period(first, today).days() if day not in settled]
        # First of all: what must not be kept does not wait for what may fail.
        for day in waiting:
            if day < today:
                self.counters.forget_salt(day)
        stored = sum(self._roll_up(day, now) for day in waiting)
        self.database.run(lambda work: ViewCounts(work).forget(today - KEPT))
        return stored

    def _roll_up(self, day: date, now: datetime) -> int:
        hours, stored = closed_hours(day, now), 0
        for page in self.counters.pages(day):
            totals = [(one.profile_id, one.total(day, hours)) for one in page]
            found = [(profile_id, total) for profile_id, total in totals if total is not None]
            self._store(found)
            stored += len(found)
        # After its last page, or a crash in between would hide the rest.
        until, settled = closed_until(day, now), is_settled(day, now)
        self.database.run(lambda work: ViewCounts(work).note(day, until, settled=settled))
        return stored

    def _store(self, totals: list[tuple[UUID, DayViews]]) -> None:
        self.database.run(lambda work: ViewCounts(work).save(totals))
