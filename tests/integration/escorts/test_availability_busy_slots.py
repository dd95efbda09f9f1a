"""Booked times are excluded from search and from the public week; requests block no time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bookings.domain.pricing import QuoteRequest
from bookings.domain.transitions import Action
from bookings.domain.venue import Venue
from bookings.service.actions import BookingActions
from bookings.service.actor import Caller
from bookings.service.requests import BookingRequests, NewRequest
from kit import clock
from kit.db import Database
from kit.ids import new_id
from kit.local_time import local_date
from tests.factories.escorts import API, DirectoryWorld, Person, make_account
from tests.fakes.envelope import FakeEnvelope
from tests.fixtures.functions import FunctionClient

BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = [{"weekday": day, "start": "00:00", "end": "00:00"} for day in range(1, 8)]


@pytest.fixture
def noon() -> datetime:
    day = local_date(clock.now(), "Europe/Berlin") + timedelta(days=3)
    return datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN)


class BookingMaker:
    """Creates bookings of one provider."""

    def __init__(self, owner: Database, web: Database, provider: Person) -> None:
        self.client_id = make_account(owner, "client")
        self._web, self._mira = web, provider

    def ask(self, start: datetime) -> UUID:
        new = NewRequest(
            UUID(self._mira.profile_id), start, QuoteRequest(("dinner",), 120, Venue.OUTCALL), 0
        )
        with self._web.transaction() as work:
            requests = BookingRequests(work, FakeEnvelope(), clock.now)
            return requests.create(self.client_id, str(new_id()), new).id

    def accept(self, booking_id: UUID) -> None:
        with self._web.transaction() as work:
            actions = BookingActions(work, FakeEnvelope(), clock.now)
            actions.apply(Caller(self._mira.user_id), booking_id, Action.ACCEPT)

    def cancel(self, booking_id: UUID) -> None:
        with self._web.transaction() as work:
            actions = BookingActions(work, FakeEnvelope(), clock.now)
            actions.cancel(Caller(self._mira.user_id), booking_id)


@pytest.fixture
def provider(directory: DirectoryWorld, staff: Person) -> Person:
    return directory.published(staff, availability=ALWAYS)


@pytest.fixture
def bookings(
    database: Database, database_as: Callable[[str], Database], provider: Person
) -> BookingMaker:
    return BookingMaker(database, database_as("bookings_web"), provider)


def is_found(visitor: FunctionClient, start: datetime, minutes: int = 60) -> bool:
    at = start.replace(tzinfo=None).isoformat()
    answer = visitor.get(f"{API}?location=berlin&availableAt={at}&duration={minutes}")
    assert answer.status == 200, answer.text
    return bool(answer.json["items"])


@pytest.mark.slow
@pytest.mark.parametrize("has_exceptions", [False, True], ids=["week", "exceptions"])
def test_confirmed_booking_blocks_search_with_buffers(
    bookings: BookingMaker,
    provider: Person,
    visitor: FunctionClient,
    noon: datetime,
    *,
    has_exceptions: bool,
) -> None:
    if has_exceptions:
        body = {"kind": "closed", "date": (noon + timedelta(days=9)).date().isoformat()}
        assert provider.web.post(f"{provider.path}/exceptions", json=body).status == 201
    booking = bookings.ask(noon)
    assert is_found(visitor, noon), "a request blocks no time"
    bookings.accept(booking)
    hour = timedelta(hours=1)
    assert not is_found(visitor, noon)
    assert not is_found(visitor, noon - hour, 90)
    assert not is_found(visitor, noon + 2 * hour), "the buffer after a booking is blocked"
    assert is_found(visitor, noon - 4 * hour)
    assert is_found(visitor, noon + 5 * hour)
    bookings.cancel(booking)
    assert is_found(visitor, noon)


def test_public_week_excludes_booked_time(
    bookings: BookingMaker, provider: Person, visitor: FunctionClient, noon: datetime
) -> None:
    def free(web: FunctionClient) -> list[dict[str, Any]]:
        periods: list[dict[str, Any]] = web.get(f"{provider.path}/hours").json["periods"]
        return periods

    assert len(free(visitor)) == 1
    bookings.accept(bookings.ask(noon))
    first, second = free(visitor)
    assert datetime.fromisoformat(first["end"]) <= noon
    assert datetime.fromisoformat(second["start"]) >= noon + timedelta(hours=2)
    assert visitor.get(f"/{provider.web.get(provider.path).json['slug']}").status == 200
