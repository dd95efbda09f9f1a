"""The gate: what is not public in every respect, at this moment, is nowhere."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kit import db
from kit.db import Database
from tests.fixtures.functions import FunctionClient
from tests.integration.escorts.scene import Scene, Stage

TOWARDS = [
    "submit", "verify", "publish", "show", "restore", "account-active", "law-allows",
    "text-changes",
]  # fmt: skip
AWAY = [
    "withdraw", "hide", "review", "reject", "revoke", "suspend", "account-suspended",
    "law-forbids", "law-forgets", "statement-changes", "time-passes", "expiry-noted",
    "text-refused",
]  # fmt: skip
# Steps towards the public come as often as all others: a run that never gets there proves nothing.
STEPS = st.one_of(st.sampled_from(TOWARDS), st.sampled_from([*AWAY, "close"]))
VERIFIED = ["submit", "verify"]
BEGINNINGS = st.sampled_from([VERIFIED, VERIFIED, VERIFIED, VERIFIED, ["submit"], []])


@pytest.fixture
def stage(
    database: Database,
    database_as: Callable[[str], Database],
    database_name: str,
    functions: Callable[..., FunctionClient],
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    def shift(days: int) -> None:
        """Move the clock of everything, as the local cloud does."""
        with database.transaction() as work:
            work.execute(f"ALTER DATABASE \"{database_name}\" SET app.clock_offset = '{days} days'")
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(days * 86_400))
        db.close_connections()

    room, web = database_as("escorts_dashboard"), database_as("escorts_web")
    return Stage.build(database, room, web, functions("Gateway"), shift)


@pytest.mark.slow
def test_no_sequence_of_events_shows_who_is_not_public(stage: Stage) -> None:
    reached = {True: 0, False: 0}

    @settings(
        # The same run every time: whether it is hollow must not be a matter of luck.
        max_examples=30, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(BEGINNINGS, st.lists(STEPS, max_size=8))
    def run(beginning: list[str], steps: list[str]) -> None:
        scene = Scene(stage)
        for name in [*beginning, *steps]:
            done = scene.step(name)
            expected = scene.world.public
            assert set(scene.looks().values()) == {expected}, (name, scene.looks(), scene.world)
            reached[expected] += 1
            event(f"{name}: {'done' if done else 'refused'}")
            event("public" if expected else "not public")
        assert scene.differences() == [], scene.world

    run()
    assert min(reached.values()) >= 20, f"the run was hollow: {reached}"


WHY_NOT = [
    ["withdraw"], ["hide"], ["suspend"], ["revoke"], ["account-suspended"], ["law-forbids"],
    ["law-forgets"], ["statement-changes"], ["time-passes"] * 3, ["close"],
    ["text-refused"],
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("steps", WHY_NOT, ids=lambda steps: steps[0])
def test_each_single_reason_is_enough(stage: Stage, steps: list[str]) -> None:
    scene = Scene(stage)
    assert scene.step("submit")
    assert scene.step("verify")
    assert set(scene.looks().values()) == {True}
    for name in steps:
        assert scene.step(name)
    assert set(scene.looks().values()) == {False}
    assert not scene.world.public
