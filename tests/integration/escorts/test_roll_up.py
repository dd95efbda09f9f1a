"""The roll-up against a plain model: whatever fails, repeats or crosses, each view is counted once.

The model is a list of views. Time only moves on, from a few minutes to weeks; a run may die between
any two steps, and one that has read may store much later, after others. When the dust has settled,
the tables hold what the list says.
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

from escorts.domain.views import CATCH_UP, KEPT, SETTLES_AFTER, day_of
from escorts.repository.view_counts import ViewCounts
from escorts.service.views import RollUp
from kit.db import Database
from tests.factories.escorts import Cast
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
class Scene:
    """Counters, tables, and the list of what happened."""

    database: Database
    profiles: list[UUID]
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    now: datetime = START
    seen: list[tuple[UUID, date, int]] = field(default_factory=list)
    sleeper: RollUp | None = None
    died: bool = False

    def view(self, which: int, who: int, *, late: timedelta = timedelta()) -> None:
        """Count a view, maybe by a clock that is late."""
        profile, moment = self.profiles[which], self.now - late
        # Evenly spread marks are the sketch's own test; here each visitor has a register.
        self.counters.add(profile, moment, who << 6 | 1)
        self.seen.append((profile, day_of(moment), who))

    def roll_up(self, database: object = None, counters: MemoryCounters | None = None) -> RollUp:
        """Return a run at this moment."""
        moment = self.now
        chosen = database if isinstance(database, FragileDatabase) else self.database
        return RollUp(counters or self.counters, chosen, lambda: moment)

    def do(self, name: str, value: object, who: int) -> None:
        """Make one move."""
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
                self.sleeper = self.roll_up(counters=self.counters.copy())
            case "stores what it read", _ if self.sleeper is not None:
                self.sleeper.run()
            case (("dies reading" | "dies before a commit" | "dies after a commit"), int(at)):
                self.die(name, at)

    def die(self, name: str, at: int) -> None:
        """Run until the process dies."""
        fragile = FragileDatabase(self.database, at, committed=name == "dies after a commit")
        self.counters.fails_after = at if name == "dies reading" else None
        try:
            self.roll_up(None if name == "dies reading" else fragile).run()
        except Crash:
            self.died = True
        self.counters.fails_after = None

    def stored(self) -> dict[tuple[UUID, date], tuple[int, int]]:
        """Return the tables."""
        with self.database.transaction() as work:
            rows = work.execute("SELECT profile_id, day, views, visitors FROM escorts.view_counts")
            return {
                (row["profile_id"], row["day"]): (row["views"], row["visitors"]) for row in rows
            }

    def expected(self) -> dict[tuple[UUID, date], tuple[int, int]]:
        """Return what the list says."""
        views = Counter((profile, day) for profile, day, _ in self.seen)
        people = Counter((profile, day) for profile, day, _ in set(self.seen))
        return {key: (count, people[key]) for key, count in views.items()}


@pytest.fixture
def scene(cast: Cast, database: Database) -> Callable[[], Scene]:
    """Makes scenes over the same two profiles."""
    profiles = []
    for name in ("Mira", "Nora"):
        provider = cast.provider()
        assert provider.create(name=name).status == 201
        profiles.append(UUID(provider.profile_id))

    def make() -> Scene:
        with database.transaction() as work:
            work.execute("TRUNCATE escorts.view_counts, escorts.view_days, escorts.view_totals")
        return Scene(database, profiles)

    return make


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(MOVES, min_size=4, max_size=24))
def test_each_view_is_counted_once(
    scene: Callable[[], Scene], moves: list[tuple[str, object, int]]
) -> None:
    scene_ = scene()
    for name, value, who in moves:
        before = scene_.stored()
        scene_.died = False
        scene_.do(name, value, who)
        if scene_.died:
            event(name)
        after = scene_.stored()
        # Nothing is ever taken back, and nothing is in the tables that has not happened.
        assert all(after[key] >= counted for key, counted in before.items())
        truth = scene_.expected()
        assert all(counted <= truth[key] for key, counted in after.items())

    scene_.now += timedelta(hours=1)
    scene_.roll_up().run()
    assert scene_.stored() == scene_.expected()


@pytest.mark.parametrize(
    ("how", "when"),
    [
        ("dies reading", range(4)),
        ("dies before a commit", range(31, 42)),
        ("dies after a commit", range(31, 42)),
    ],
    ids=str,
)
def test_a_first_run_after_days_may_die_anywhere(
    scene: Callable[[], Scene], how: str, when: range
) -> None:
    """Nothing that it has not stored yet counts as settled."""
    for at in when:
        one = scene()
        one.view(0, 1)
        one.view(1, 2)
        one.now += timedelta(days=1)
        one.view(0, 3)
        one.now += timedelta(days=3)
        one.die(how, at)
        one.now += timedelta(hours=1)
        one.roll_up().run()
        assert one.stored() == one.expected()


def test_a_settled_day_is_not_read_again(scene: Callable[[], Scene]) -> None:
    one = scene()
    one.view(0, 1)
    one.now += timedelta(days=1) + SETTLES_AFTER
    assert one.roll_up().run() == 1
    assert one.roll_up().run() == 0
    assert day_of(START) in one.counters.forgotten


def test_todays_salt_stays_and_yesterdays_goes_whatever_fails(scene: Callable[[], Scene]) -> None:
    one = scene()
    one.view(0, 1)
    one.now += timedelta(days=1)
    one.counters.fails_after = 0
    with suppress(Crash):
        one.roll_up().run()
    assert day_of(START) in one.counters.forgotten
    assert day_of(one.now) not in one.counters.forgotten


def test_old_days_move_into_the_total_once(scene: Callable[[], Scene]) -> None:
    one, random = scene(), Random(3)
    for _ in range(6):
        for _ in range(random.randrange(1, 9)):
            one.view(0, random.randrange(50))
        one.now += timedelta(days=1)
        one.roll_up().run()
    everything = len(one.seen)
    one.now = START + KEPT + timedelta(days=3)
    for at in range(5):
        with suppress(Crash):
            one.roll_up(FragileDatabase(one.database, 68 + at, committed=at % 2 == 1)).run()
    one.roll_up().run()

    with one.database.transaction() as work:
        assert ViewCounts(work).total(one.profiles[0]) == everything
        assert ViewCounts(work).total(one.profiles[1]) == 0
    kept = {day for _, day in one.stored()}
    assert min(kept) == day_of(START) + timedelta(days=3)
