"""Two windows of one provider's settings: what one saves, the other does not undo."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bookings.domain.preferences import Preferences, Question
from kit.db import Database
from tests.factories.bookings import Salon

WAITING = """
SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""


def adding(key: str) -> Callable[[Preferences], Preferences]:
    """Return what adds a question to those that are there."""
    return lambda kept: replace(kept, questions=(*kept.questions, Question(key, f"{key}?")))


def wait_for_a_lock(owner: Database) -> None:
    """Wait until somebody waits for somebody else's row."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with owner.transaction() as work:
            if work.execute(WAITING).fetchone() is not None:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


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
            wait_for_a_lock(salon.owner)
        waiting.result(timeout=30)

    with salon.web.transaction() as work:
        kept = salon.rules(work).read(provider.user_id).preferences
    assert [question.key for question in kept.questions] == ["tea", "wine"]
    assert kept.notice == 60
