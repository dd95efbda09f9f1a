"""Concurrent changes of one provider's settings: none undoes another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bookings.domain.settings import BookingSettings, Question
from kit.db import Database
from tests.factories.bookings import BookingWorld
from tests.factories.database_waits import wait_for_lock_waits
from tests.factories.waiting import PATIENCE


def adding(key: str) -> Callable[[BookingSettings], BookingSettings]:
    """Return a change that adds a question."""
    return lambda kept: replace(kept, questions=(*kept.questions, Question(key, f"{key}?")))


def test_change_settings_concurrently_keeps_both_questions(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    provider = bookings.owner_of(bookings.provider())
    with bookings.web.transaction() as work:
        bookings.settings(work).save_settings(provider.user_id, BookingSettings(notice=60))
    other = database_as("bookings_web")

    def second() -> None:
        with other.transaction() as work:
            bookings.settings(work).change_settings(provider.user_id, adding("wine"))

    with ThreadPoolExecutor(1) as pool:
        with bookings.web.transaction() as work:
            bookings.settings(work).change_settings(provider.user_id, adding("tea"))
            waiting = pool.submit(second)
            wait_for_lock_waits(bookings.owner)
        waiting.result(PATIENCE)

    with bookings.web.transaction() as work:
        kept = bookings.settings(work).get(provider.user_id).settings
    assert [question.key for question in kept.questions] == ["tea", "wine"]
    assert kept.notice == 60
