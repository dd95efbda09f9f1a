"""Saved items omit non-public profiles: in favourites, counts and notification mails."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from escorts.publisher import ProfileEvents
from escorts.schemas.saved_items import parse_stored_query
from escorts.service.saved_items import FavouriteService, SavedSearchInput, SavedSearchService
from escorts.service.saved_search_matches import SavedSearchJob
from kit import clock
from kit.db import Database
from kit.errors import DomainError
from tests.factories.escorts import make_account
from tests.factories.saved_searches import make_due, matched_events
from tests.integration.escorts.test_visibility import STEPS, environment
from tests.integration.escorts.visibility_oracle import VisibilityEnvironment, VisibilityWorld

pytestmark = pytest.mark.slow

__all__ = ["environment"]
# A profile that was never public was never saved, so nearly every run starts with a public one.
BEGINNINGS = st.sampled_from([["submit"], *[["submit", "verify"]] * 4])


@dataclass
class SavedItemsProbe:
    """Client who saves the world's profile as soon as possible, with mail consent."""

    world: VisibilityWorld
    owner: Database
    scheduled: Database
    mailer: Database
    user_id: UUID = field(init=False)
    notified: int = 0

    def __post_init__(self) -> None:
        self.user_id = make_account(self.owner, "client")
        query = {"location": self.world.city}
        with self.world.environment.web.transaction() as work:
            SavedSearchService(work, clock.now, self.user_id).add(
                SavedSearchInput("Mine", query, parse_stored_query(query), mail=True)
            )

    def add_favourite(self) -> bool:
        """Add the profile to the favourites; tell whether it was accepted."""
        try:
            with self.world.environment.web.transaction() as work:
                FavouriteService(work, clock.now, self.user_id).add(self.world.profile_id)
        except DomainError:
            return False
        return True

    def run_job(self) -> bool:
        """Run the saved-search job; tell whether it notified the client."""
        make_due(self.owner)
        self.scheduled.run(
            lambda work: SavedSearchJob(
                work, ProfileEvents(work.outbox, lambda _: []), clock.now, parse_stored_query
            ).run()
        )
        before, self.notified = self.notified, len(self._events())
        return self.notified > before

    def check(self) -> dict[str, bool]:
        """Return for each place whether the profile is shown there."""
        with self.world.environment.web.transaction() as work:
            favourites = FavouriteService(work, clock.now, self.user_id)
            page = favourites.list_page(None, 20)
            ((_, last_matches),) = SavedSearchService(work, clock.now, self.user_id).list_all()
            heart = self.world.slug in favourites.get_states([self.world.slug])
        seen = {"list": len(page.items) == 1, "total": page.total == 1, "heart": heart}
        if last_matches is not None:
            seen |= {"news": len(last_matches.profiles) == 1, "mail": self._mail_would_be_sent()}
        return seen

    def _mail_would_be_sent(self) -> bool:
        with self.mailer.transaction() as work:
            rows = work.execute(
                "SELECT profiles FROM escorts.saved_search_notices_v1 WHERE user_id = %s",
                (self.user_id,),
            ).fetchall()
        return [row["profiles"] for row in rows] == [1]

    def _events(self) -> list[object]:
        mine = str(self.user_id)
        return [one for one in matched_events(self.owner) if one["data"]["userId"] == mine]


def test_saved_items_random_events_never_show_non_public_profile(
    environment: VisibilityEnvironment, database: Database, database_as: Callable[[str], Database]
) -> None:
    reached = {"shown": 0, "hidden after being saved": 0, "notified": 0}
    scheduled, mailer = database_as("escorts_scheduled"), database_as("auth_mailer")

    @settings(
        max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(BEGINNINGS, st.lists(STEPS, min_size=2, max_size=7))
    def run(beginning: list[str], steps: list[str]) -> None:
        world = VisibilityWorld(environment)
        probe, was_favourite = SavedItemsProbe(world, database, scheduled, mailer), False
        for name in [*beginning, *steps]:
            world.step(name)
            expected = world.expected.public
            assert probe.add_favourite() == expected, (name, world.expected)
            was_favourite = was_favourite or expected
            last_matches = probe.run_job()
            assert expected or not last_matches, (name, world.expected)
            reached["notified"] += last_matches
            if was_favourite:
                assert set(probe.check().values()) == {expected}, (name, probe.check())
                reached["shown" if expected else "hidden after being saved"] += 1
            event("public" if expected else "not public")
        assert probe.notified <= 1

    run()
    assert min(reached.values()) >= 8, f"the run was hollow: {reached}"


def test_saved_items_omit_closed_profile(
    environment: VisibilityEnvironment, database: Database, database_as: Callable[[str], Database]
) -> None:
    world = VisibilityWorld(environment)
    probe = SavedItemsProbe(
        world, database, database_as("escorts_scheduled"), database_as("auth_mailer")
    )
    assert world.step("submit")
    assert world.step("verify")
    assert probe.add_favourite()
    assert probe.run_job()
    assert set(probe.check().values()) == {True}
    assert world.step("close")
    assert set(probe.check().values()) == {False}
