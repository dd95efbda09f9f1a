"""Visibility: a profile that fails any condition of being public is shown nowhere."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kit import db
from kit.db import Database
from tests.fixtures.functions import FunctionClient
from tests.integration.escorts.visibility_oracle import VisibilityEnvironment, VisibilityWorld

TOWARDS = [
    "submit", "verify", "publish", "show", "restore", "account-active", "law-allows",
    "text-changes",
]  # fmt: skip
AWAY = [
    "withdraw", "hide", "review", "reject", "revoke", "suspend", "account-suspended",
    "law-forbids", "law-forgets", "statement-changes", "time-passes", "expiry-noted",
    "text-refused",
]  # fmt: skip
# Half of the steps lead towards a public profile: a run that never gets there proves nothing.
STEPS = st.one_of(st.sampled_from(TOWARDS), st.sampled_from([*AWAY, "close"]))
VERIFIED = ["submit", "verify"]
BEGINNINGS = st.sampled_from([VERIFIED, VERIFIED, VERIFIED, VERIFIED, ["submit"], []])


@pytest.fixture
def environment(
    database: Database,
    database_as: Callable[[str], Database],
    database_name: str,
    functions: Callable[..., FunctionClient],
    monkeypatch: pytest.MonkeyPatch,
) -> VisibilityEnvironment:
    def shift(days: int) -> None:
        """Shift the clock of the database and the functions, as the local cloud does."""
        with database.transaction() as work:
            work.execute(f"ALTER DATABASE \"{database_name}\" SET app.clock_offset = '{days} days'")
        monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(days * 86_400))
        db.close_connections()

    dashboard, web = database_as("escorts_dashboard"), database_as("escorts_web")
    return VisibilityEnvironment.build(database, dashboard, web, functions("Gateway"), shift)


@pytest.mark.slow
def test_visibility_random_events_never_show_non_public_profile(
    environment: VisibilityEnvironment,
) -> None:
    reached = {True: 0, False: 0}

    @settings(
        # Deterministic, so that the coverage check below does not depend on luck.
        max_examples=30, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(BEGINNINGS, st.lists(STEPS, max_size=8))
    def run(beginning: list[str], steps: list[str]) -> None:
        world = VisibilityWorld(environment)
        for name in [*beginning, *steps]:
            done = world.step(name)
            expected = world.expected.public
            assert set(world.check_visibility().values()) == {expected}, (
                name,
                world.check_visibility(),
                world.expected,
            )
            reached[expected] += 1
            event(f"{name}: {'done' if done else 'refused'}")
            event("public" if expected else "not public")
        assert world.differences() == [], world.expected

    run()
    assert min(reached.values()) >= 20, f"the run was hollow: {reached}"


WHY_NOT = [
    ["withdraw"], ["hide"], ["suspend"], ["revoke"], ["account-suspended"], ["law-forbids"],
    ["law-forgets"], ["statement-changes"], ["time-passes"] * 3, ["close"],
    ["text-refused"],
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("steps", WHY_NOT, ids=lambda steps: steps[0])
def test_visibility_each_reason_alone_hides_profile(
    environment: VisibilityEnvironment, steps: list[str]
) -> None:
    world = VisibilityWorld(environment)
    assert world.step("submit")
    assert world.step("verify")
    assert set(world.check_visibility().values()) == {True}
    for name in steps:
        assert world.step(name)
    assert set(world.check_visibility().values()) == {False}
    assert not world.expected.public
