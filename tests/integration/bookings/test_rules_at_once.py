"""Two windows of one provider's settings: what one saves, the other does not undo."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bookings.domain.settings import Preferences, Question
from kit.db import Database
from tests.factories.bookings import Salon
from tests.factories.database_waits import wait_for_lock_waits
from tests.factories.waiting import PATIENCE


def adding(key: str) -> Callable[[Preferences], Preferences]:
    """Return what adds a question to those that are there."""
    return lambda kept: replace(kept, questions=(*kept.questions, Question(key, f"{key}?")))


def test_two_questions_at_once(salon: Salon, database_as: Callable[[str], Database]) -> None:
    provider = salon.owner_of(salon.provider())
    with salon.web.transaction() as work:
        salon.rules(work).save_preferences(provider.user_id, Preferences(notice=60))
    other = database_as("bookings_web")

    def second() -> None:
        with other.transaction() as work:
            salon.rules(work).change_preferences(provider.user_id, adding("wine"))

    with ThreadPoolExecutor(1) as pool:
        with salon.web.transaction() as work:
            salon.rules(work).change_preferences(provider.user_id, adding("tea"))
            waiting = pool.submit(second)
            wait_for_lock_waits(salon.owner)
        waiting.result(PATIENCE)

    with salon.web.transaction() as work:
        kept = salon.rules(work).read(provider.user_id).preferences
    assert [question.key for question in kept.questions] == ["tea", "wine"]
    assert kept.notice == 60
