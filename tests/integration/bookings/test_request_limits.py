"""Limits of open requests of one client, with one provider and with all."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest

from bookings.domain.limits import MAX_OPEN_REQUESTS, MAX_OPEN_REQUESTS_PER_PROFILE
from bookings.domain.transitions import Status
from bookings.service.actor import Caller
from kit.db import Database
from kit.errors import Conflict, DomainError
from tests.factories.booking_api import ApiWorld
from tests.factories.booking_pages import PageClient, Values, hidden, private_page, words
from tests.factories.bookings import DAY, NOON, POLICY, BookingWorld
from tests.factories.waiting import PATIENCE

START = NOON + 3 * DAY


def create_requests(
    bookings: BookingWorld, client: UUID, profile_id: UUID, many: int
) -> list[UUID]:
    return [bookings.ask(client, profile_id, START + n * DAY).id for n in range(many)]


def refused_code(bookings: BookingWorld, client: UUID, profile_id: UUID, **changes: str) -> str:
    with pytest.raises(Conflict) as caught:
        bookings.ask(client, profile_id, START + 9 * DAY, **changes)
    return caught.value.code


def test_sixth_open_request_with_one_provider_is_refused(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    first, second, *_ = create_requests(bookings, client, profile_id, MAX_OPEN_REQUESTS_PER_PROFILE)
    assert refused_code(bookings, client, profile_id) == "too-many-requests-with-provider"

    bookings.ask(bookings.client(), profile_id, START)
    bookings.ask(client, bookings.provider(), START)
    bookings.do("cancel", Caller(client), first)
    bookings.ask(client, profile_id, START + 9 * DAY)
    assert refused_code(bookings, client, profile_id) == "too-many-requests-with-provider"
    # Answered requests do not count.
    bookings.do("accept", bookings.owner_of(profile_id), second)
    bookings.ask(client, profile_id, START + 9 * DAY)


def test_eleventh_open_request_is_refused(bookings: BookingWorld) -> None:
    client = bookings.client()
    for _ in range(MAX_OPEN_REQUESTS // MAX_OPEN_REQUESTS_PER_PROFILE):
        create_requests(bookings, client, bookings.provider(), MAX_OPEN_REQUESTS_PER_PROFILE)

    assert refused_code(bookings, client, bookings.provider()) == "too-many-requests"


def test_expired_requests_do_not_count_before_their_timer(
    bookings: BookingWorld,
) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    create_requests(bookings, client, profile_id, MAX_OPEN_REQUESTS_PER_PROFILE)

    bookings.clock.set_time(NOON + DAY)

    created = bookings.ask(client, profile_id, START + 9 * DAY)
    assert created.status is Status.REQUESTED


def test_repeated_key_at_the_limit_returns_booking(bookings: BookingWorld) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    first = bookings.ask(client, profile_id, START, key="once")
    create_requests(bookings, client, profile_id, MAX_OPEN_REQUESTS_PER_PROFILE - 1)

    assert bookings.ask(client, profile_id, START, key="once") == first
    assert (
        refused_code(bookings, client, profile_id, key="twice") == "too-many-requests-with-provider"
    )


def test_concurrent_requests_do_not_exceed_limit(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    profile_id, client = bookings.provider(), bookings.client()
    create_requests(bookings, client, profile_id, MAX_OPEN_REQUESTS_PER_PROFILE - 1)
    barrier = Barrier(6, timeout=PATIENCE)

    def ask(number: int) -> str:
        own = BookingWorld(bookings.owner, database_as("bookings_web"), bookings.clock)
        barrier.wait()
        try:
            return str(own.ask(client, profile_id, START + number * DAY).status)
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(6) as pool:
        results = Counter(pool.map(ask, range(6)))

    assert results == {"requested": 1, "too-many-requests-with-provider": 5}


@pytest.mark.slow
def test_request_limit_error_is_explained_in_api_and_page(api: ApiWorld) -> None:
    provider, client = api.provider(policy=POLICY), api.client()
    for day in range(MAX_OPEN_REQUESTS_PER_PROFILE):
        assert client.ask(provider, START + day * DAY).status == 201

    refused = client.ask(provider, START + 9 * DAY)
    assert (refused.status, refused.json["code"]) == (409, "too-many-requests-with-provider")
    page_client, steps = PageClient.from_user(client), f"/bookings/new/p-{provider.profile_id}"
    choices: Values = {"service": "dinner", "duration": "120", "venue": "incall"}
    start: Values = {"start": f"{(START + 9 * DAY).isoformat()}@berlin", "specialRequests": "Tea."}
    summary = private_page(page_client.post(f"{steps}/summary", choices | start))
    sent = hidden(summary, f"{steps}/send")
    html = private_page(page_client.post(f"{steps}/send", sent | {"agree": "true"}), 409)
    assert "You have 5 open requests with this provider" in words(html)
    assert "Tea." in html
