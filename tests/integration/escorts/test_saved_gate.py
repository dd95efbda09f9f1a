"""The gate again, from a client's side: who is not public is in no favourites, no count and no mail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from escorts.publisher import Publisher
from escorts.schemas.saved_items import parse_stored_query
from escorts.service.saved_items import FavouriteService, SavedSearchInput, SavedSearchService
from escorts.service.saved_search_matches import SavedSearchJob
from kit import clock
from kit.db import Database
from kit.errors import DomainError
from tests.factories.escorts import make_account
from tests.factories.saved import make_due, matched
from tests.integration.escorts.scene import Scene, Stage
from tests.integration.escorts.test_gate import STEPS, stage

pytestmark = pytest.mark.slow

__all__ = ["stage"]
# Who was never public was never kept: nearly every run begins with somebody who is.
BEGINNINGS = st.sampled_from([["submit"], *[["submit", "verify"]] * 4])


@dataclass
class Keeper:
    """A client who keeps the scene's profile as soon as that is possible, and wants every mail."""

    scene: Scene
    owner: Database
    scheduled: Database
    mailer: Database
    user_id: UUID = field(init=False)
    told: int = 0

    def __post_init__(self) -> None:
        self.user_id = make_account(self.owner, "client")
        query = {"location": self.scene.city}
        with self.scene.stage.web.transaction() as work:
            SavedSearchService(work, clock.now, self.user_id).add(
                SavedSearchInput("Mine", query, parse_stored_query(query), mail=True)
            )

    def keep(self) -> bool:
        """Press the heart; tell whether that was possible."""
        try:
            with self.scene.stage.web.transaction() as work:
                FavouriteService(work, clock.now, self.user_id).add(self.scene.profile_id)
        except DomainError:
            return False
        return True

    def morning(self) -> bool:
        """Let the job look; tell whether it has news."""
        make_due(self.owner)
        self.scheduled.run(
            lambda work: SavedSearchJob(
                work, Publisher(work.outbox, lambda _: []), clock.now, parse_stored_query
            ).run()
        )
        before, self.told = self.told, len(self._events())
        return self.told > before

    def looks(self) -> dict[str, bool]:
        """Say where the profile is seen, of the places where it once was."""
        with self.scene.stage.web.transaction() as work:
            favourites = FavouriteService(work, clock.now, self.user_id)
            page = favourites.list_page(None, 20)
            ((_, news),) = SavedSearchService(work, clock.now, self.user_id).list_all()
            heart = self.scene.slug in favourites.get_states([self.scene.slug])
        seen = {"list": len(page.items) == 1, "total": page.total == 1, "heart": heart}
        if news is not None:
            seen |= {"news": len(news.profiles) == 1, "mail": self._worth_a_mail()}
        return seen

    def _worth_a_mail(self) -> bool:
        with self.mailer.transaction() as work:
            rows = work.execute(
                "SELECT profiles FROM escorts.saved_search_notices_v1 WHERE user_id = %s",
                (self.user_id,),
            ).fetchall()
        return [row["profiles"] for row in rows] == [1]

    def _events(self) -> list[object]:
        mine = str(self.user_id)
        return [one for one in matched(self.owner) if one["data"]["userId"] == mine]


def test_no_sequence_of_events_leaves_who_is_not_public_with_a_client(
    stage: Stage, database: Database, database_as: Callable[[str], Database]
) -> None:
    reached = {"shown": 0, "gone after being kept": 0, "told": 0}
    scheduled, mailer = database_as("escorts_scheduled"), database_as("auth_mailer")

    @settings(
        max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(BEGINNINGS, st.lists(STEPS, min_size=2, max_size=7))
    def run(beginning: list[str], steps: list[str]) -> None:
        scene = Scene(stage)
        keeper, kept = Keeper(scene, database, scheduled, mailer), False
        for name in [*beginning, *steps]:
            scene.step(name)
            expected = scene.world.public
            assert keeper.keep() == expected, (name, scene.world)
            kept = kept or expected
            news = keeper.morning()
            assert expected or not news, (name, scene.world)
            reached["told"] += news
            if kept:
                assert set(keeper.looks().values()) == {expected}, (name, keeper.looks())
                reached["shown" if expected else "gone after being kept"] += 1
            event("public" if expected else "not public")
        assert keeper.told <= 1

    run()
    assert min(reached.values()) >= 8, f"the run was hollow: {reached}"


def test_a_closed_profile_is_nowhere(
    stage: Stage, database: Database, database_as: Callable[[str], Database]
) -> None:
    scene = Scene(stage)
    keeper = Keeper(scene, database, database_as("escorts_scheduled"), database_as("auth_mailer"))
    assert scene.step("submit")
    assert scene.step("verify")
    assert keeper.keep()
    assert keeper.morning()
    assert set(keeper.looks().values()) == {True}
    assert scene.step("close")
    assert set(keeper.looks().values()) == {False}
