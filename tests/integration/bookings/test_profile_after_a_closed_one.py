"""An account with a closed profile and a new one."""

from uuid import UUID

import pytest

from bookings.domain.settings import BookingSettings, Question
from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from kit.errors import Invalid
from tests.factories.bookings import DAY, NOON, POLICY, BookingWorld

START = NOON + 3 * DAY


def second_profile(bookings: BookingWorld, owner: Caller, first: UUID) -> UUID:
    """Close the first profile and create another one."""
    second = bookings.provider()
    with bookings.owner.transaction() as work:
        work.execute("SELECT escorts.close_profile(%s, %s)", (first, bookings.clock()))
        work.execute(
            "UPDATE escorts.profiles SET user_id = %s WHERE id = %s", (owner.user_id, second)
        )
    return second


def test_settings_apply_to_open_profile(bookings: BookingWorld) -> None:
    first = bookings.provider()
    owner = bookings.owner_of(first)
    with bookings.web.transaction() as work:
        rules = bookings.settings(work)
        rules.save_settings(owner.user_id, BookingSettings(notice=60))
        rules.save_address(owner.user_id, "Bell 3")
    second = second_profile(bookings, owner, first)

    with bookings.web.transaction() as work:
        rules = bookings.settings(work)
        assert rules.get(owner.user_id).profile_id == second
        assert rules.address(owner.user_id) == ""
        rules.save_policy(owner.user_id, POLICY)
        rules.save_settings(
            owner.user_id, BookingSettings(questions=(Question("name", "How may I call you?"),))
        )

    with pytest.raises(Invalid) as caught:
        bookings.ask(bookings.client(), second, START)
    assert caught.value.field == "answers.name"
    asked = bookings.ask(bookings.client(), second, START, answers={"name": "Kim"})
    assert bookings.do("accept", owner, asked.id).status is Status.ACCEPTED
    assert asked.deposit.minor_units > 0
