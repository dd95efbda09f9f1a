"""Query plans of lists, the inbox and missing timers, with many ended bookings."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from bookings.domain.transitions import Status
from bookings.repository import BookingRepository
from bookings.repository.timers import TimerRepository
from bookings.service.actor import Caller
from bookings.service.queries import BookingDetail, BookingQueries
from kit.auth import Audience
from kit.db import Database, UnitOfWork
from tests.factories.booking_api import ApiWorld
from tests.factories.booking_pages import PageClient, profile_id_of
from tests.factories.bookings import DAY, HOUR, NOON, BookingWorld

START = NOON + 5 * DAY
INSERT_ENDED_BOOKINGS = """
INSERT INTO bookings.bookings
SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'status', 'declined',
    'ended_at', b.requested_at))).*
FROM bookings.bookings b, generate_series(1, 400)
"""


@dataclass
class Recorder:
    """A unit of work that records its queries."""

    work: UnitOfWork
    queries: list[tuple[Any, Any]] = field(default_factory=list)

    def execute(self, query: Any, params: Any = None) -> Any:
        """Run and record a query."""
        self.queries.append((query, params))
        return self.work.execute(query, params)


def plan(work: UnitOfWork, query: str, params: Mapping[str, Any]) -> str:
    """Return the query plan without sorts and sequential scans."""
    work.execute("SET LOCAL enable_seqscan = off")
    work.execute("SET LOCAL enable_bitmapscan = off")
    work.execute("SET LOCAL enable_sort = off")
    row = work.execute(f"EXPLAIN (FORMAT JSON) {query}", params).fetchone()
    return json.dumps(row, default=str)


@pytest.mark.parametrize(
    ("column", "statuses", "index"),
    [
        ("provider_id", (Status.REQUESTED,), "open_of_provider"),
        ("provider_id", (Status.ACCEPTED, Status.CONFIRMED), "open_of_provider"),
        ("client_id", (Status.CONFIRMED,), "open_of_client"),
        ("", (), "bookings_by_beginning"),
        ("", (Status.COMPLETED,), "bookings_by_beginning"),
    ],
)
def test_list_for_user_uses_partial_index(
    bookings: BookingWorld, column: str, statuses: tuple[Status, ...], index: str
) -> None:
    booking = bookings.ask(bookings.client(), bookings.provider(), START)
    with bookings.owner.transaction() as work:
        work.execute(INSERT_ENDED_BOOKINGS)
        work.execute("ANALYZE bookings.bookings")
        recorder: Any = Recorder(work)
        BookingRepository(recorder).list_for_user(
            column, getattr(booking, column) if column else None, statuses=statuses, limit=20
        )
        found = plan(work, *recorder.queries[-1])

    assert f'"{index}"' in found
    assert '"Sort"' not in found


def test_restore_missing_uses_address_index(bookings: BookingWorld) -> None:
    bookings.ask(bookings.client(), bookings.provider(), START)
    with bookings.owner.transaction() as work:
        recorder: Any = Recorder(work)
        TimerRepository(recorder).restore_missing(NOON)
        found = plan(work, *recorder.queries[-1])

    assert '"stored_addresses"' in found


def test_restore_missing_ignores_locked_timers(
    bookings: BookingWorld, database_as: Callable[[str], Database]
) -> None:
    """One timer is locked by a concurrent transition; another one is missing."""
    held, lost = (bookings.ask(bookings.client(), bookings.provider(), START) for _ in range(2))
    with bookings.owner.transaction() as work:
        work.execute("DELETE FROM bookings.timers WHERE booking_id = %s", (lost.id,))
    scheduled = database_as("bookings_scheduled")

    with bookings.owner.transaction() as moving:
        moving.execute(
            "SELECT FROM bookings.timers WHERE booking_id = %s FOR UPDATE", (held.id,)
        ).fetchone()
        with scheduled.transaction() as work:
            work.execute("SET LOCAL lock_timeout = '300ms'")
            assert TimerRepository(work).restore_missing(NOON) == 1


def test_inbox_loads_details_of_displayed_requests_only(
    api: ApiWorld, bookings: BookingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six requests, one of them waiting for the client: three are loaded with details, all are listed."""
    provider = api.provider()
    loaded: list[UUID] = []
    asked = [
        bookings.ask(bookings.client(), profile_id_of(provider), START + n * 4 * HOUR)
        for n in range(6)
    ]
    bookings.do("propose", Caller(provider.user_id), asked[0].id, START + 2 * DAY)
    original_get = BookingQueries.get

    def counting_get(self: BookingQueries, caller: Caller, booking_id: UUID) -> BookingDetail:
        loaded.append(booking_id)
        return original_get(self, caller, booking_id)

    monkeypatch.setattr(BookingQueries, "get", counting_get)
    page_client = PageClient.from_user(provider, Audience.ADMIN)
    html = page_client.page(page_client.bookings_path)

    assert loaded == sorted(booking.id for booking in asked[1:])[:3]
    assert all(str(booking.id) in html for booking in asked)
