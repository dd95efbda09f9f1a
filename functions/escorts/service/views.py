"""View recording, view statistics for owners and staff, and the roll-up of the counters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from escorts.domain.views import (
    CATCH_UP,
    RETENTION,
    DailyViews,
    Period,
    ViewerContext,
    completed_hours,
    completed_until,
    is_final,
    resolve_period,
    utc_day,
    visitor_marks,
)
from escorts.repository import Profiles, public_directory
from escorts.repository.owners import owns
from escorts.repository.view_counters import ViewCounters
from escorts.repository.view_counts import ViewCounts
from escorts.service.public_profiles import profile_not_found
from kit.clock import Clock
from kit.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class ViewRecorder:
    """Recorder of profile views.

    Callers cannot tell whether a view counted, since that would reveal whether a profile is public.
    """

    work: UnitOfWork
    counters: Callable[[], ViewCounters]
    now: Clock

    def record(self, profile_id: UUID, viewer: ViewerContext, user_id: UUID | None) -> None:
        """Count a view of the profile, unless the viewer is its owner (`user_id`)."""
        if not viewer.is_countable:
            return
        with public_directory(self.work) as directory:
            if not directory.is_public(profile_id):
                return
        if user_id is not None and owns(self.work, user_id, profile_id):
            return
        moment = self.now()
        # Only after the commit: a request whose transaction was aborted is run again.
        self.work.after_commit(lambda: self._count(profile_id, viewer, moment))

    def _count(self, profile_id: UUID, viewer: ViewerContext, moment: datetime) -> None:
        counters, day = self.counters(), utc_day(moment)
        marks = visitor_marks(counters.get_or_create_salt(day), profile_id, viewer)
        if counters.consume_allowance(day, marks):
            counters.add_view(profile_id, moment, marks.hll_mark)


@dataclass(frozen=True, slots=True)
class PeriodStatistics:
    """Views of a profile in a period, per day and in total."""

    profile_id: UUID
    period: Period
    total: int
    counted_until: datetime | None
    days: list[DailyViews]


@dataclass(frozen=True, slots=True)
class ViewStatistics:
    """View statistics for owners and staff."""

    profiles: Profiles
    counts: ViewCounts
    now: Clock

    def for_period(
        self, profile_id: UUID, first: date | None, last: date | None, *, user_id: UUID | None
    ) -> PeriodStatistics:
        """Return the views of a period; `user_id` must own the profile, None stands for staff."""
        profile = self.profiles.by_id(profile_id)
        if profile is None or user_id not in {None, profile.user_id}:
            raise profile_not_found()
        days = resolve_period(first, last, utc_day(self.now()))
        found = self.counts.daily_views(profile_id, days)
        return PeriodStatistics(
            profile_id=profile_id,
            period=days,
            total=self.counts.total_views(profile_id),
            counted_until=self.counts.counted_until(),
            days=[found.get(day, DailyViews(day, 0, 0)) for day in days.days()],
        )


class TransactionRunner(Protocol):
    """Runner of a use case in its own transaction (`kit.db.Database`)."""

    def run[T](self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run `use_case` and commit, or roll back if it raises."""


@dataclass(frozen=True, slots=True)
class ViewRollup:
    """Roll-up of the completed hours from the counters into the tables.

    Each run reads whole days and stores absolute numbers, so that it may fail anywhere, be repeated
    or run concurrently; views that arrive late are included in the next run.
    """

    counters: ViewCounters
    database: TransactionRunner
    now: Clock

    def run(self) -> int:
        """Roll up every day that is not final; return the number of stored rows."""
        now = self.now()
        today = utc_day(now)
        first = today - CATCH_UP
        final = self.database.run(lambda work: ViewCounts(work).final_days(first))
        open_days = [day for day in Period(first, today).days() if day not in final]
        # Salts are deleted first: their deletion must not depend on steps that may fail.
        for day in open_days:
            if day < today:
                self.counters.delete_salt(day)
        stored = sum(self._roll_up_day(day, now) for day in open_days)
        self.database.run(lambda work: ViewCounts(work).archive_before(today - RETENTION))
        return stored

    def _roll_up_day(self, day: date, now: datetime) -> int:
        hours, stored = completed_hours(day, now), 0
        for page in self.counters.iter_pages(day):
            totals = [(one.profile_id, one.total(day, hours)) for one in page]
            found = [(profile_id, total) for profile_id, total in totals if total is not None]
            self._store(found)
            stored += len(found)
        # Only after the last page: a crash in between would hide the other pages.
        until, final = completed_until(day, now), is_final(day, now)
        self.database.run(lambda work: ViewCounts(work).record_progress(day, until, is_final=final))
        return stored

    def _store(self, totals: list[tuple[UUID, DailyViews]]) -> None:
        self.database.run(lambda work: ViewCounts(work).save(totals))
