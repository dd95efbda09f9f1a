"""An account whose first profile is closed, and who has begun another one."""

from uuid import UUID

import pytest

from bookings.domain.settings import Preferences, Question
from bookings.domain.transitions import Status
from bookings.service.callers import Caller
from kit.errors import Invalid
from tests.factories.bookings import DAY, NOON, POLICY, Salon

START = NOON + 3 * DAY


def second_profile(salon: Salon, owner: Caller, first: UUID) -> UUID:
    """Close the first one as its owner would, and begin another one."""
    second = salon.provider()
    with salon.owner.transaction() as work:
        work.execute("SELECT escorts.close_profile(%s, %s)", (first, salon.clock()))
        work.execute(
            "UPDATE escorts.profiles SET user_id = %s WHERE id = %s", (owner.user_id, second)
        )
    return second


def test_what_she_says_is_about_the_open_one(salon: Salon) -> None:
    first = salon.provider()
    owner = salon.owner_of(first)
    with salon.web.transaction() as work:
        rules = salon.rules(work)
        rules.save_preferences(owner.user_id, Preferences(notice=60))
        rules.save_address(owner.user_id, "Bell 3")
    second = second_profile(salon, owner, first)

    with salon.web.transaction() as work:
        rules = salon.rules(work)
        assert rules.read(owner.user_id).escort_id == second
        assert rules.address(owner.user_id) == ""
        rules.save_policy(owner.user_id, POLICY)
        rules.save_preferences(
            owner.user_id, Preferences(questions=(Question("name", "How may I call you?"),))
        )

    with pytest.raises(Invalid) as caught:
        salon.ask(salon.client(), second, START)
    assert caught.value.field == "answers.name"
    asked = salon.ask(salon.client(), second, START, answers={"name": "Kim"})
    assert salon.do("accept", owner, asked.id).status is Status.ACCEPTED
    assert asked.deposit.minor_units > 0
