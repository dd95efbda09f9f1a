"""How many requests of one client may wait for an answer, at one provider and at all of them."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from bookings.domain.limits import MOST_OPEN, MOST_OPEN_WITH_ONE
from bookings.service.callers import Caller
from kit.db import Database
from kit.errors import Conflict, DomainError
from tests.factories.booking_api import Desk
from tests.factories.booking_pages import Seat, Values, hidden, whole, words
from tests.factories.bookings import DAY, NOON, POLICY, Salon
from tests.factories.waiting import PATIENCE

START = NOON + 3 * DAY


def fill(salon: Salon, client: UUID, escort: UUID, many: int) -> list[UUID]:
    return [salon.ask(client, escort, START + n * DAY).id for n in range(many)]


def refusal(salon: Salon, client: UUID, escort: UUID, **changes: str) -> str:
    with pytest.raises(Conflict) as caught:
        salon.ask(client, escort, START + 9 * DAY, **changes)
    return caught.value.code


def test_five_wait_for_one_provider(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()
    first, second, *_ = fill(salon, client, escort, MOST_OPEN_WITH_ONE)
    assert refusal(salon, client, escort) == "requests-full-here"

    salon.ask(salon.client(), escort, START)
    salon.ask(client, salon.provider(), START)
    salon.do("cancel", Caller(client), first)
    salon.ask(client, escort, START + 9 * DAY)
    assert refusal(salon, client, escort) == "requests-full-here"
    # What was answered does not wait.
    salon.do("accept", salon.owner_of(escort), second)
    salon.ask(client, escort, START + 9 * DAY)


def test_ten_wait_in_all(salon: Salon) -> None:
    client = salon.client()
    for _ in range(MOST_OPEN // MOST_OPEN_WITH_ONE):
        fill(salon, client, salon.provider(), MOST_OPEN_WITH_ONE)

    assert refusal(salon, client, salon.provider()) == "requests-full"


def test_what_has_expired_does_not_wait_whether_or_not_its_timer_has_run(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()
    fill(salon, client, escort, MOST_OPEN_WITH_ONE)

    salon.clock.to(NOON + DAY)

    salon.ask(client, escort, START + 9 * DAY)


def test_the_same_key_is_answered_as_before(salon: Salon) -> None:
    escort, client = salon.provider(), salon.client()
    first = salon.ask(client, escort, START, key="once")
    fill(salon, client, escort, MOST_OPEN_WITH_ONE - 1)

    assert salon.ask(client, escort, START, key="once") == first
    assert refusal(salon, client, escort, key="twice") == "requests-full-here"


def test_many_at_once_do_not_pass_it(salon: Salon, database_as: Callable[[str], Database]) -> None:
    escort, client = salon.provider(), salon.client()
    fill(salon, client, escort, MOST_OPEN_WITH_ONE - 1)
    barrier = Barrier(6, timeout=PATIENCE)

    def ask(number: int) -> str:
        own = Salon(salon.owner, database_as("bookings_web"), salon.clock)
        barrier.wait()
        try:
            return str(own.ask(client, escort, START + number * DAY).status)
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        results = Counter(pool.map(ask, range(6)))

    assert results == {"requested": 1, "requests-full-here": 5}


@pytest.mark.slow
def test_api_and_page_say_what_to_do(desk: Desk) -> None:
    mira, leo = desk.provider(policy=POLICY), desk.client()
    for day in range(MOST_OPEN_WITH_ONE):
        assert leo.ask(mira, START + day * DAY).status == 201

    refused = leo.ask(mira, START + 9 * DAY)
    assert (refused.status, refused.json["code"]) == (409, "requests-full-here")
    seat, steps = Seat.of(leo), f"/bookings/new/p-{mira.escort_id}"
    choices: Values = {"service": "dinner", "duration": "120", "venue": "incall"}
    start: Values = {"start": f"{(START + 9 * DAY).isoformat()}@berlin", "specialRequests": "Tea."}
    summary = whole(seat.post(f"{steps}/summary", choices | start))
    sent = hidden(summary, f"{steps}/send")
    html = whole(seat.post(f"{steps}/send", sent | {"agree": "true"}), 409)
    assert "5 of your requests wait for this provider" in words(html)
    assert "Tea." in html
