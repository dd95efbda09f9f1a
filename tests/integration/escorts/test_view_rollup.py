"""View roll-up against a plain model: failed, repeated and concurrent runs count each view once.

The model is a list of views. Time only advances, by minutes up to weeks; a run may crash between any
two steps, and a run that has read may store much later, after others. In the end, the tables hold the
numbers of the list.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from escorts.domain.views import CATCH_UP, FINAL_AFTER, RETENTION, utc_day
from escorts.repository.view_counts import ViewCounts
from escorts.service.views import ViewRollup
from kit.db import Database
from tests.factories.escorts import DirectoryWorld
from tests.fakes.views import Crash, FragileDatabase, MemoryCounters

START = datetime(2026, 11, 21, 20, 40, tzinfo=UTC)
STEPS = (timedelta(minutes=7), timedelta(minutes=55), timedelta(hours=9), timedelta(days=6))

MOVES = st.one_of(
    st.tuples(st.just("view"), st.integers(0, 1), st.integers(0, 30)),
    st.tuples(st.just("late"), st.integers(0, 1), st.integers(1, 20)),
    st.tuples(st.just("wait"), st.sampled_from(STEPS), st.just(0)),
    st.tuples(st.just("run"), st.just(0), st.just(0)),
    st.tuples(st.just("dies reading"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("dies before a commit"), st.integers(0, 40), st.just(0)),
    st.tuples(st.just("dies after a commit"), st.integers(0, 40), st.just(0)),
    st.tuples(st.just("reads"), st.just(0), st.just(0)),
    st.tuples(st.just("stores what it read"), st.just(0), st.just(0)),
)


@dataclass
class RollupWorld:
    """Counters, tables, and the list of expected views."""

    database: Database
    profiles: list[UUID]
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    now: datetime = START
    seen: list[tuple[UUID, date, int]] = field(default_factory=list)
    paused_run: ViewRollup | None = None
    crashed: bool = False

    def view(self, which: int, who: int, *, late: timedelta = timedelta()) -> None:
        """Count a view, possibly with a slow clock."""
        profile, moment = self.profiles[which], self.now - late
        # HyperLogLog has its own tests; here each visitor has a register.
        self.counters.add_view(profile, moment, who << 6 | 1)
        self.seen.append((profile, utc_day(moment), who))

    def roll_up(
        self, database: object = None, counters: MemoryCounters | None = None
    ) -> ViewRollup:
        """Return a roll-up at the current time."""
        moment = self.now
        chosen = database if isinstance(database, FragileDatabase) else self.database
        return ViewRollup(counters or self.counters, chosen, lambda: moment)

    def do(self, name: str, value: object, who: int) -> None:
        """Perform one step."""
        match name, value:
            case "view", int(which):
                self.view(which, who)
            case "late", int(which):
                self.view(which, who, late=timedelta(hours=who))
            case "wait", timedelta() as step if self.now + step < START + CATCH_UP:
                self.now += step
            case "run", _:
                self.roll_up().run()
            case "reads", _:
                self.paused_run = self.roll_up(counters=self.counters.snapshot())
            case "stores what it read", _ if self.paused_run is not None:
                self.paused_run.run()
            case (("dies reading" | "dies before a commit" | "dies after a commit"), int(at)):
                self.crash(name, at)

    def crash(self, name: str, at: int) -> None:
        """Run the roll-up until the simulated crash."""
        fragile = FragileDatabase(self.database, at, committed=name == "dies after a commit")
        self.counters.fails_after = at if name == "dies reading" else None
        try:
            self.roll_up(None if name == "dies reading" else fragile).run()
        except Crash:
            self.crashed = True
        self.counters.fails_after = None

    def stored(self) -> dict[tuple[UUID, date], tuple[int, int]]:
        """Return the stored counts."""
        with self.database.transaction() as work:
            rows = work.execute("SELECT profile_id, day, views, visitors FROM escorts.view_counts")
            return {
                (row["profile_id"], row["day"]): (row["views"], row["visitors"]) for row in rows
            }

    def expected(self) -> dict[tuple[UUID, date], tuple[int, int]]:
        """Return the counts of the list."""
        views = Counter((profile, day) for profile, day, _ in self.seen)
        people = Counter((profile, day) for profile, day, _ in set(self.seen))
        return {key: (count, people[key]) for key, count in views.items()}


@pytest.fixture
def make_world(directory: DirectoryWorld, database: Database) -> Callable[[], RollupWorld]:
    """Return a factory of worlds with the same two profiles."""
    profiles = []
    for name in ("Mira", "Nora"):
        provider = directory.provider()
        assert provider.create(name=name).status == 201
        profiles.append(UUID(provider.profile_id))

    def make() -> RollupWorld:
        with database.transaction() as work:
            work.execute("TRUNCATE escorts.view_counts, escorts.view_days, escorts.view_totals")
        return RollupWorld(database, profiles)

    return make


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(MOVES, min_size=4, max_size=24))
def test_view_rollup_random_failures_count_each_view_once(
    make_world: Callable[[], RollupWorld], moves: list[tuple[str, object, int]]
) -> None:
    world = make_world()
    for name, value, who in moves:
        before = world.stored()
        world.crashed = False
        world.do(name, value, who)
        if world.crashed:
            event(name)
        after = world.stored()
        # Counts never decrease, and the tables never hold more than the model.
        assert all(after[key] >= counted for key, counted in before.items())
        truth = world.expected()
        assert all(counted <= truth[key] for key, counted in after.items())

    world.now += timedelta(hours=1)
    world.roll_up().run()
    assert world.stored() == world.expected()


@pytest.mark.parametrize(
    ("how", "when"),
    [
        ("dies reading", range(4)),
        ("dies before a commit", range(31, 42)),
        ("dies after a commit", range(31, 42)),
    ],
    ids=str,
)
def test_view_rollup_crash_after_idle_days_loses_nothing(
    make_world: Callable[[], RollupWorld], how: str, when: range
) -> None:
    """A day is final only after all of its counts are stored."""
    for at in when:
        world = make_world()
        world.view(0, 1)
        world.view(1, 2)
        world.now += timedelta(days=1)
        world.view(0, 3)
        world.now += timedelta(days=3)
        world.crash(how, at)
        world.now += timedelta(hours=1)
        world.roll_up().run()
        assert world.stored() == world.expected()


def test_view_rollup_skips_final_days(make_world: Callable[[], RollupWorld]) -> None:
    world = make_world()
    world.view(0, 1)
    world.now += timedelta(days=1) + FINAL_AFTER
    assert world.roll_up().run() == 1
    assert world.roll_up().run() == 0
    assert utc_day(START) in world.counters.deleted_salts


def test_view_rollup_deletes_old_salt_even_on_failure(
    make_world: Callable[[], RollupWorld],
) -> None:
    world = make_world()
    world.view(0, 1)
    world.now += timedelta(days=1)
    world.counters.fails_after = 0
    with suppress(Crash):
        world.roll_up().run()
    assert utc_day(START) in world.counters.deleted_salts
    assert utc_day(world.now) not in world.counters.deleted_salts


def test_view_rollup_archives_old_days_once(make_world: Callable[[], RollupWorld]) -> None:
    world, random = make_world(), Random(3)
    for _ in range(6):
        for _ in range(random.randrange(1, 9)):
            world.view(0, random.randrange(50))
        world.now += timedelta(days=1)
        world.roll_up().run()
    everything = len(world.seen)
    world.now = START + RETENTION + timedelta(days=3)
    for at in range(5):
        with suppress(Crash):
            world.roll_up(FragileDatabase(world.database, 68 + at, committed=at % 2 == 1)).run()
    world.roll_up().run()

    with world.database.transaction() as work:
        assert ViewCounts(work).total_views(world.profiles[0]) == everything
        assert ViewCounts(work).total_views(world.profiles[1]) == 0
    kept = {day for _, day in world.stored()}
    assert min(kept) == utc_day(START) + timedelta(days=3)
